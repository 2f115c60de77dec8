"""Values and ports of bots: configuration, versions, lifecycle, journal, sessions, status."""
