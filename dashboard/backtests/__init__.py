"""Backtests of the dashboard: form validation, jobs, and reads of stored runs."""
