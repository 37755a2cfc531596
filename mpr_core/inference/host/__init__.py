"""The inference host as a client sees it: one exchange, patience with a host that is away, batches in flight, the operations."""
