"""Strategies and their signals: requests, signals and health."""
