"""The service that runs bots."""
