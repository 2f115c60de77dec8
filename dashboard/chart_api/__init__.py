"""What the price chart asks of the server beside its candles."""
