"""A user's strategy files: found, guarded, loaded."""
