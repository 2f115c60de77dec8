"""The requests of the price chart to the server, except those for candles."""
