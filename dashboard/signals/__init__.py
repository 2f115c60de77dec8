"""Strategies and their signals: what is asked for, what was said, how it is doing."""
