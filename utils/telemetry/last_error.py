"""The last error that a process logged."""

import logging
from datetime import UTC, datetime


class LastError(logging.Handler):
    """Keeps the newest record of level ERROR: its message, not its facts, which may be secret."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.message = ""
        self.at: datetime | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.message = f"{record.name.removeprefix('truetape.')}: {record.getMessage()}"[:300]
        self.at = datetime.fromtimestamp(record.created, UTC)
