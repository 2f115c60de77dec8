"""The ports of `data`, kept in PostgreSQL."""
