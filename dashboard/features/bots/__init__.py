"""Bots on the pages: the fleet, one bot, the portfolio of all bots, and commands to bots."""
