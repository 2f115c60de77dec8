"""What reaches the console and the files, and what must never."""

import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from utils.errors import ConfigError
from utils.log import LogConfig, configure_logging
from utils.log.files import LogFile, superfluous
from utils.log.formats import LineFormatter
from utils.redaction import Redactor

CANARY = "canary-8f3b"
DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put back what configuring changes in this process."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    for name in ("truetape", "truetape.collectors", "truetape.database"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks


def _lines(folder: Path, process: str = "test") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{process}.jsonl").read_text().splitlines()]


def test_a_record_is_one_json_line_with_its_facts(tmp_path: Path) -> None:
    configure_logging(LogConfig(process="test", folder=tmp_path))
    logging.getLogger("truetape.collectors").info("trades committed", extra={"count": 12})
    (line,) = _lines(tmp_path)
    assert line["time"].endswith("Z")
    assert (line["level"], line["component"]) == ("INFO", "collectors")
    assert (line["message"], line["facts"]) == ("trades committed", {"count": 12})
    assert (line["process"], line["pid"]) == ("test", os.getpid())


def test_levels_are_set_for_each_component(tmp_path: Path) -> None:
    levels = {"collectors": "DEBUG", "database": "ERROR"}
    configure_logging(LogConfig(process="test", folder=tmp_path, levels=levels))
    for name in ("collectors", "database", "dashboard"):
        logging.getLogger(f"truetape.{name}").debug("low")
        logging.getLogger(f"truetape.{name}").warning("high")
    logged = [(line["component"], line["message"]) for line in _lines(tmp_path)]
    assert logged == [("collectors", "low"), ("collectors", "high"), ("dashboard", "high")]


def test_libraries_are_logged_from_warnings_up(tmp_path: Path) -> None:
    configure_logging(LogConfig(process="test", folder=tmp_path, level="DEBUG"))
    logging.getLogger("urllib3").info("low")
    logging.getLogger("urllib3").warning("high")
    assert [line["message"] for line in _lines(tmp_path)] == ["high"]


def test_an_unknown_level_is_refused_and_named() -> None:
    with pytest.raises(ConfigError, match=r"collectors: must be one of DEBUG.*was 'LOUD'"):
        LogConfig(process="test", levels={"collectors": "LOUD"})


def test_a_folder_that_cannot_be_written_is_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"log folder: .*file"):
        configure_logging(LogConfig(process="test", folder=tmp_path / "file" / "log"))


def test_secrets_pass_neither_to_the_console_nor_to_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(LogConfig(process="test", folder=tmp_path, secrets=frozenset({CANARY, "tt"})))
    log = logging.getLogger("truetape.database")
    log.info("connecting to %s", f"postgresql://u:other-{CANARY}@h/d")
    log.info("message %s", CANARY, extra={"argument": CANARY, CANARY: 1, "deep": [{"x": CANARY}]})
    log.info("url", extra={"url": "redis://:unregistered@h/0", "password": "unregistered"})
    try:
        raise ValueError(f"wrong password {CANARY}")
    except ValueError:
        log.exception("failed", stack_info=True)
    written = (tmp_path / "test.jsonl").read_text() + capsys.readouterr().err
    assert written.count("failed") >= 2
    assert CANARY not in written
    assert "unregistered" not in written


def test_a_configuration_does_not_show_its_secrets_and_travels_to_children() -> None:
    config = LogConfig(process="test", secrets=frozenset({CANARY}))
    assert CANARY not in repr(config)
    assert pickle.loads(pickle.dumps(config)) == config


def test_configuring_again_replaces_what_was(tmp_path: Path) -> None:
    configure_logging(LogConfig(process="first", folder=tmp_path))
    configure_logging(LogConfig(process="test", folder=tmp_path))
    logging.getLogger("truetape.x").info("once")
    assert [line["message"] for line in _lines(tmp_path)] == ["once"]
    assert _lines(tmp_path, "first") == []


def test_files_rotate_by_size_and_the_folder_stays_within_its_total(tmp_path: Path) -> None:
    configure_logging(
        LogConfig(process="test", folder=tmp_path, max_file_bytes=2_000, max_total_bytes=6_000)
    )
    for number in range(200):
        logging.getLogger("truetape.x").info("line", extra={"number": number})
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert max(sizes) <= 2_000
    assert sum(sizes) <= 6_000 + 2_000
    assert _lines(tmp_path)[-1]["facts"] == {"number": 199}


def test_a_file_that_was_removed_is_written_anew(tmp_path: Path) -> None:
    configure_logging(LogConfig(process="test", folder=tmp_path))
    logging.getLogger("truetape.x").info("first")
    (tmp_path / "test.jsonl").unlink()
    logging.getLogger("truetape.x").info("second")
    assert [line["message"] for line in _lines(tmp_path)] == ["second"]


def _file(name: str, *, size: int, age_days: float) -> LogFile:
    return LogFile(path=Path(name), size=size, modified_s=100 * DAY_S - age_days * DAY_S)


def test_old_files_go_first_then_the_oldest_rotated_ones_until_all_fits() -> None:
    files = [
        _file("a.jsonl", size=10, age_days=0),
        _file("a.jsonl.1", size=10, age_days=1),
        _file("b.jsonl", size=10, age_days=2),
        _file("b.jsonl.1", size=10, age_days=3),
        _file("c.jsonl", size=10, age_days=20),
    ]
    removed = superfluous(files, now_s=100 * DAY_S, keep_days=14, max_total_bytes=40)
    assert removed == [Path("b.jsonl.1"), Path("c.jsonl")]


def test_files_being_written_are_never_removed_for_their_size() -> None:
    files = [_file(f"{name}.jsonl", size=10, age_days=1) for name in "abc"]
    assert superfluous(files, now_s=100 * DAY_S, keep_days=14, max_total_bytes=1) == []


def test_the_console_has_one_line_with_component_and_facts() -> None:
    record = logging.makeLogRecord(
        {"name": "truetape.bots", "levelname": "INFO", "msg": "sold %s", "args": (1,)}
        | {"created": 0.0, "msecs": 0.0, "note": "two words", "count": 3}
    )
    line = LineFormatter(Redactor()).format(record)
    assert line == "1970-01-01 00:00:00.000Z INFO     bots         sold 1  note='two words' count=3"


UNCAUGHT = """
import sys, threading
from pathlib import Path
from utils.log import LogConfig, configure_logging
configure_logging(LogConfig(process="test", folder=Path(sys.argv[1])))
thread = threading.Thread(target=lambda: 1 / 0, name="worker")
thread.start()
thread.join()
raise LookupError("in main")
"""


def test_uncaught_errors_of_process_and_threads_are_logged(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", UNCAUGHT, str(tmp_path)], capture_output=True, check=False
    )
    in_thread, in_main = _lines(tmp_path)
    assert run.returncode == 1
    assert (in_thread["level"], in_thread["facts"]) == ("CRITICAL", {"in_thread": "worker"})
    assert "ZeroDivisionError" in in_thread["error"]
    assert "LookupError: in main" in in_main["error"]
