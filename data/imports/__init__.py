"""Import foreign files of trades and candles: exactly, or not at all."""
