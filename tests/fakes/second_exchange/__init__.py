"""A second exchange, added by docs/add-an-exchange.md alone.

The exchange itself is `tests/fakes/second_exchange_server.py`.
"""
