"""Profiles: which stages run, with which knobs and which brands, as YAML that compiles to a run config."""
