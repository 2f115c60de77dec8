"""Placeholder until the process table is built."""
