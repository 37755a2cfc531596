"""Whether what MPR needs is there: this machine, the store's roots, the hosts that it asks. `mpr doctor` adds the Dagster instance."""
