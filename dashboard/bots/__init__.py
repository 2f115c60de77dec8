"""Bots on the page: the fleet, one bot, what all of them came to, and what is asked of them."""
