"""A service as a command: it runs until it is stopped by a signal."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config import Settings
from scripts.cli.exits import exit_on_error
from scripts.composition.location import running_platform


def run_service(serve: Callable[[Settings], None], data_dir: Path | None) -> None:
    """Serve the platform of a directory or of DATABASE_URL until SIGTERM or Ctrl+C, exit code 0.

    An error is printed in one line, with its exit code.
    """
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    with exit_on_error():
        serve(running_platform(data_dir))


def _exit(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
