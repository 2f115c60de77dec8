"""Reports of backtests: figures as plain dictionaries, and one page that holds them all."""
