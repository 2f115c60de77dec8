"""The repositories: implementations of the ports in PostgreSQL."""
