"""A second exchange, added by docs/add-an-exchange.md alone; `tests/fakes/tiny_server.py` is it."""
