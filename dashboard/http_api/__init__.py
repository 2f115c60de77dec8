"""The typed HTTP API: what its routes are made of, their description, and unknown paths."""
