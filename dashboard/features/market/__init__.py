"""The Market page: candles, trades, indicators and layouts of the price chart."""
