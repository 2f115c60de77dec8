"""What the pages of bots ask of the server."""
