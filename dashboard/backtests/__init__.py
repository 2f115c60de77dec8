"""Backtests of the dashboard: the form's door, the jobs, and what is read of kept runs."""
