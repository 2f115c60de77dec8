"""Users' strategies for backtests and commands: found by name, run in worker processes."""
