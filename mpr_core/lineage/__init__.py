"""The checkpoint tree: nodes (one stage's output for one timeline), heads, and the catalog that keeps them."""
