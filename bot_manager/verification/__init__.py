"""Verification of bots: replay, comparison, diagnosis, and when it runs."""
