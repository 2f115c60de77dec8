"""Stored candles to files."""
