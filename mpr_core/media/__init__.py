"""Media in: open a source video safely, probe it, read its frames at exact seconds."""
