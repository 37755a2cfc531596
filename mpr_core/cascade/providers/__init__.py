"""One module per provider, `opened(model, endpoint, timeout_s)` in each; an SDK is imported when it is called, never before."""
