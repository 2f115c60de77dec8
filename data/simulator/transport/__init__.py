"""The wire level: HTTP and WebSocket on one port."""
