"""What lies in a data directory is for its owner only."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings
from database.embedded import own
from database.embedded.info import InstanceInfo
from database.embedded.postgres import maintain_reserve
from scripts.composition.location import with_data_dir
from scripts.composition.process import start_logging
from tests.builders import at
from utils import compiled_cache
from utils.files import atomic_write, open_private, private_folder
from utils.log import LogConfig, configure_logging

# The servers of root run as another user, who passes through without listing.
DATA_DIR_MODE = 0o711 if os.geteuid() == 0 else 0o700


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Clear the umask, so that only our own code closes files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Give the handlers of this process back."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    for name in ("old", "new"):
        assert mode(private_folder(tmp_path / name)) == 0o700
    with atomic_write(tmp_path / "file", open_private) as raw:
        raw.write(b"x")
    assert mode(tmp_path / "file") == 0o600


def test_a_data_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o755)
    with own(data_dir):
        assert mode(data_dir) == DATA_DIR_MODE


def test_what_a_platform_writes_beside_its_servers_is_for_its_owner_only(tmp_path: Path) -> None:
    with own(tmp_path / "data") as instance:
        instance.announce(an_info())
        maintain_reserve(instance.data_dir / "reserve", free_bytes=2**40)
        compiled_cache._open_folder(instance.data_dir / "compiled" / "digest")
        assert {path.name: mode(path) for path in instance.data_dir.iterdir()} == {
            "instance.lock": 0o600,
            "instance.json": 0o600,
            "reserve": 0o600,
            "compiled": 0o700,
        }


def an_info() -> InstanceInfo:
    return InstanceInfo(pid=1, started_at=at(0), dashboard_url="", database_url="", redis_url="")


@pytest.mark.usefixtures("quiet")
def test_logs_are_for_their_owner_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    start_logging(with_data_dir(Settings(), data_dir), "one")
    logging.getLogger("truetape").warning("hello")
    assert [mode(path) for path in (data_dir, data_dir / "log")] == [DATA_DIR_MODE, 0o700]
    config = LogConfig(process="two", folder=data_dir / "log", max_file_bytes=10)
    configure_logging(config)
    for _ in range(3):
        logging.getLogger("truetape").warning("a line that is longer than the file may be")
    files = list((data_dir / "log").iterdir())
    assert len(files) > 2
    assert {mode(path) for path in files} == {0o600}
