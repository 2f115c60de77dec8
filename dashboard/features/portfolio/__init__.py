"""The page of the portfolio of all bots; its reads are those of bots."""
