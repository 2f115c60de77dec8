"""One run: load, decide, account, measure."""
