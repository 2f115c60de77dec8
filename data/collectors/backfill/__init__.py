"""What the live feed missed: gaps, late trades, history of candles, corrections."""
