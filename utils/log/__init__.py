"""One logging system for every process: people read the console, programs the JSON lines.

Loggers are named `truetape.<component>`; facts go in `extra`. Times are UTC. Secrets never pass.
"""

from utils.log.setup import LogConfig, configure_logging

__all__ = ["LogConfig", "configure_logging"]
