"""Foreign files become trades and candles: exactly, or not at all."""
