"""The fold of a group: bots that share instrument, strategy, parameters and timeframe."""
