"""Synthetic footage with its exact truth: what the pipeline is measured on when no labelled film is at hand."""
