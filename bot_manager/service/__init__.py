"""The service that lets bots live."""
