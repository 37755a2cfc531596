"""The brand registry: names that runs found and no list had, what was decided about them, and where the decision acts."""
