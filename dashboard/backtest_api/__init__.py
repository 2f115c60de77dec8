"""What the Backtests page asks of the server."""
