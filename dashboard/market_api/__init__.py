"""The requests for candles by charts outside of the Market page."""
