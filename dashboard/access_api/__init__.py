"""The requests about the current user, the open sessions, and the audit list."""
