"""Two nodes held against each other: what differs in how they were made, and what that changed in what was found."""
