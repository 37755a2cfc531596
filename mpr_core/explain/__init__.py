"""Why a brand was, or was not, found at one place and second: every stage asked in turn, from what is stored."""
