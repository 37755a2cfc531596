"""The eleven stages, one file each, in the order of `registry.py`."""
