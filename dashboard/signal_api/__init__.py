"""What the chart asks of the server about strategies."""
