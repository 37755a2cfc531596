"""What /debug shows: each operation's intermediate pictures, drawn as MPR's own overlays are."""
