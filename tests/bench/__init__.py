"""Benchmarks (`make bench`): ratios against a named baseline in the same run. They measure; nothing here is a test."""
