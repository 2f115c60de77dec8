"""The Access part of the System page: users, sessions, and the audit log."""
