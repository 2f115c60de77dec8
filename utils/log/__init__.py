"""One logging system for every process: text on the console, JSON lines in files.

Loggers are named `truetape.<component>`; facts go in `extra`. Times are UTC. Secrets are redacted.
"""

from utils.log.setup import LogConfig, configure_logging

__all__ = ["LogConfig", "configure_logging"]
