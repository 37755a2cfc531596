"""What can be told from pixels alone: transitions, near-duplicates, the playing field, the bands along its border.

Pure functions on arrays with their config models. Reading video, segments and the store are elsewhere.
"""
