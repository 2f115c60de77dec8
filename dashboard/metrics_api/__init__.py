"""The requests of monitoring: readiness and metrics."""
