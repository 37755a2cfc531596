"""What watches: for chunks that arrive, and for runs that fail."""
