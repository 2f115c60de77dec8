"""The requests of the pages of bots to the server."""
