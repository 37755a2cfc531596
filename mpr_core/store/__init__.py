"""Where bytes live: one API over `file://`, `s3://` and `memory://`, and the names of everything in it."""
