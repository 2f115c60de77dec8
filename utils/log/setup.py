"""Configure the logging of one process."""

import logging
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from utils.errors import ConfigError
from utils.files import private_folder
from utils.log.files import CleaningFileHandler
from utils.log.formats import (
    ROOT,
    JsonFormatter,
    LineFormatter,
    MessageFormatter,
    RedactedFormatter,
)
from utils.redaction import Redactor

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

log = logging.getLogger(ROOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """How one process logs; picklable, so that it can be passed to children.

    `process` names the file `<folder>/<process>.jsonl`; without a folder there is none. `levels`
    are per component (`{"collectors": "DEBUG"}`). `secrets` are never written, in any form.
    """

    process: str
    folder: Path | None = None
    level: str = "INFO"
    levels: Mapping[str, str] = field(default_factory=dict)
    max_file_bytes: int = 20_000_000
    keep_days: float = 14.0
    max_total_bytes: int = 500_000_000
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def __post_init__(self) -> None:
        for component, level in {ROOT: self.level, **self.levels}.items():
            if level not in LEVELS:
                problem = f"must be one of {', '.join(LEVELS)}, was {level!r}"
                raise ConfigError("log level", field=component, problem=problem)


def configure_logging(config: LogConfig) -> None:
    """Send all logging of this process to the console and its file; may be called again.

    Uncaught errors of the process and its threads are logged too. Raises ConfigError.
    """
    redactor = Redactor(config.secrets)
    handlers = [_console(redactor)]
    if config.folder is not None:
        handlers.append(_file(config, config.folder, redactor))
    _replace_handlers(handlers)
    # Libraries log warnings and errors only.
    logging.getLogger().setLevel(logging.WARNING)
    log.setLevel(config.level)
    for component, level in config.levels.items():
        log.getChild(component).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _console(redactor: Redactor) -> logging.Handler:
    if not sys.stderr.isatty():
        handler: logging.Handler = logging.StreamHandler()
        handler.setFormatter(LineFormatter(redactor))
        return handler
    handler = _rich_handler()
    handler.setFormatter(MessageFormatter(redactor))
    return handler


def _rich_handler() -> logging.Handler:
    """Return a handler that writes to standard error, coloured by level, with times in UTC."""
    # Imported only for an interactive console: the import takes a tenth of a second.
    from rich.console import Console
    from rich.highlighter import NullHighlighter
    from rich.logging import RichHandler
    from rich.text import Text

    def utc_time(local: datetime) -> Text:
        return Text(f"{local.astimezone(UTC):%H:%M:%SZ}")

    return RichHandler(
        console=Console(stderr=True),
        show_path=False,
        highlighter=NullHighlighter(),
        log_time_format=utc_time,
    )


def _file(config: LogConfig, folder: Path, redactor: Redactor) -> logging.Handler:
    try:
        private_folder(folder)
        handler = CleaningFileHandler(
            folder / f"{config.process}.jsonl",
            max_bytes=config.max_file_bytes,
            keep_days=config.keep_days,
            max_total_bytes=config.max_total_bytes,
        )
    except OSError as error:
        raise ConfigError("log folder", field=str(folder), problem=str(error)) from error
    handler.setFormatter(JsonFormatter(redactor, config.process))
    return handler


def _replace_handlers(handlers: list[logging.Handler]) -> None:
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, RedactedFormatter):
            root.removeHandler(handler)
            handler.close()
    for handler in handlers:
        root.addHandler(handler)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    thread = args.thread.name if args.thread else ""
    log.critical(
        "uncaught error in a thread",
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        extra={"in_thread": thread},
    )
