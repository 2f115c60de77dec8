"""Reports of backtests: figures as plain dictionaries, and one page that contains them all."""
