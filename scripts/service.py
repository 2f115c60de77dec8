"""A service as a command of its own: it runs until it is told to stop."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config import Settings
from scripts.access import running_platform
from scripts.exits import plain_failures


def run_service(serve: Callable[[Settings], None], data_dir: Path | None) -> None:
    """Serve the platform of a directory or of DATABASE_URL until SIGTERM or Ctrl+C, exit code 0.

    What fails is told in one line, with its exit code.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with plain_failures():
        serve(running_platform(data_dir))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
