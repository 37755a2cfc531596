"""The `mpr` command: one file per group of commands, nothing decided here."""
