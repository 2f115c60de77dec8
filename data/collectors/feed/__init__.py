"""The connection to an exchange, up to the stream of its trades."""
