"""History of trades and candles from an exchange's REST API."""
