"""The console log handler: colours, and times in UTC."""

import logging
from datetime import UTC, datetime

from rich.console import Console
from rich.highlighter import NullHighlighter
from rich.logging import RichHandler
from rich.text import Text


def rich_handler() -> logging.Handler:
    """Return a handler that writes to standard error, coloured by level."""
    return RichHandler(
        console=Console(stderr=True),
        show_path=False,
        highlighter=NullHighlighter(),
        log_time_format=_utc_time,
    )


def _utc_time(local: datetime) -> Text:
    return Text(f"{local.astimezone(UTC):%H:%M:%SZ}")
