"""Bytes on the line: HTTP and WebSocket on one port."""
