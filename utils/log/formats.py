"""Log formats for console and files. Every record passes the redactor."""

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec

from utils.redaction import Redactor

ROOT = "truetape"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class RedactedFormatter(logging.Formatter):
    """Base of all formats: the parts of a record, without secrets."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def _message(self, record: logging.LogRecord) -> str:
        return self._redactor.text(record.getMessage())

    def _facts(self, record: logging.LogRecord) -> dict[str, Any]:
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        facts: dict[str, Any] = self._redactor.value(extra)
        return facts

    def _trace(self, record: logging.LogRecord) -> str:
        error = self.formatException(record.exc_info) if record.exc_info else ""
        return self._redactor.text("\n".join(part for part in (error, record.stack_info) if part))


class LineFormatter(RedactedFormatter):
    """`2026-01-01 12:00:00.000Z INFO     collectors  trades committed  count=12`."""

    def format(self, record: logging.LogRecord) -> str:
        time = f"{_time(record):%Y-%m-%d %H:%M:%S}.{record.msecs:03.0f}Z"
        return f"{time} {record.levelname:<9}{self.format_message(record)}"

    def format_message(self, record: logging.LogRecord) -> str:
        """Return the line without time and level, and the traceback below it."""
        facts = "".join(f" {key}={_brief(value)}" for key, value in self._facts(record).items())
        line = f"{component(record):<12} {self._message(record)}{' ' if facts else ''}{facts}"
        trace = self._trace(record)
        return f"{line}\n{trace}" if trace else line


class MessageFormatter(LineFormatter):
    """The same without time and level, for a console that shows them itself."""

    def format(self, record: logging.LogRecord) -> str:
        return self.format_message(record)


class JsonFormatter(RedactedFormatter):
    """One JSON object a line; `facts` holds what was given as `extra`."""

    def __init__(self, redactor: Redactor, process: str) -> None:
        super().__init__(redactor)
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "component": component(record),
            "message": self._message(record),
            "facts": self._facts(record),
            "process": self._process,
            "pid": record.process,
            "thread": record.threadName,
            "error": self._trace(record),
        }
        return msgspec.json.encode({key: value for key, value in line.items() if value}).decode()


def component(record: logging.LogRecord) -> str:
    """Return the component that logged a record."""
    return record.name.removeprefix(f"{ROOT}.")


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return repr(text) if not text or " " in text else text
