"""What a backtest reads: candles, trades and decisions of a span, and what is inside a bar."""
