"""Backtests of the dashboard: the page, its jobs, and reads of stored runs."""
