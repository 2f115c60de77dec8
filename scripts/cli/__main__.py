"""Runs the command as `python -m scripts.cli`."""

from scripts.cli.app import app

app()
