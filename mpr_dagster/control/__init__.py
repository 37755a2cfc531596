"""Control of a run: `requests` asks, `gate` answers in the run, both through `tags`; `status` and `ends` tell what became of it."""
