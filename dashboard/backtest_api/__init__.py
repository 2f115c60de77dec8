"""The requests of the Backtests page to the server."""
