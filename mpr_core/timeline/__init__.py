"""Timelines: the ordered chunks of source video a user works on, cut into segments, kept in a catalog."""
