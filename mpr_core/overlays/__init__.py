"""Frames with what a stage produced or considered drawn onto them, and contact sheets of a node."""
