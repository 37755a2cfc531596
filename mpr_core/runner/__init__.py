"""The one runner: for a stage, a timeline and a config it reuses every part that exists and computes the rest."""
