"""The brand list and the text matcher: pure functions from text that was read to brands, with the reasons."""
