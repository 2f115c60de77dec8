"""Stored backtests: the service that runs and stores them, warnings, comparison, export."""
