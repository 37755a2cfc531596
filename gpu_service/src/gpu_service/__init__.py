"""The inference host: MPR's routines that infer, over HTTP. Imports mpr_core alone of MPR."""
