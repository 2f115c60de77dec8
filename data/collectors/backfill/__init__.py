"""What the live feed missed: holes of the tape, history of candles, corrections."""
