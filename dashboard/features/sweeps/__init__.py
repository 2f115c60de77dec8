"""Sweeps, a tab of the Backtests page: form, validation and payload."""
