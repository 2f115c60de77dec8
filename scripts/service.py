"""A service as a command of its own: it runs until it is told to stop."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from config import Settings, load_settings
from scripts.exits import plain_failures


def run_service(serve: Callable[[Settings], None]) -> None:
    """Serve with the settings that are given until SIGTERM or Ctrl+C, exit code 0.

    What fails is told in one line, with its exit code.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with plain_failures():
        serve(load_settings())


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
