"""From trades in order to stored rows and candles."""
