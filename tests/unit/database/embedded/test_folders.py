"""Who may pass where, which paths suit a socket, and how long logs grow."""

from pathlib import Path

import pytest

from database.embedded.account import ServerAccount, account_for, can_reach
from database.embedded.errors import DataDirUnusable
from database.embedded.folder_access import FolderAccess
from database.embedded.home import socket_folder, suits
from database.embedded.postgres import RESERVE_BYTES, maintain_reserve
from database.embedded.service import keep_small, last_lines

OTHER_ACCOUNT = ServerAccount(uid=54_321, gid=54_321)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Return a folder below one that only its owner may enter."""
    folder = tmp_path / "closed" / "folder"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


def test_only_its_owner_passes_a_closed_folder(closed: Path) -> None:
    owner = ServerAccount(closed.stat().st_uid, closed.stat().st_gid)
    assert not can_reach(OTHER_ACCOUNT, closed)
    assert can_reach(None, closed)
    assert can_reach(owner, closed)


def test_every_user_passes_open_folders() -> None:
    assert can_reach(OTHER_ACCOUNT, Path("/usr/bin"))


def test_the_group_counts_before_the_others(closed: Path) -> None:
    closed.parent.chmod(0o701)
    owners_group = ServerAccount(uid=54_321, gid=closed.parent.stat().st_gid)
    assert not can_reach(owners_group, closed)


def test_an_ordinary_user_runs_the_servers_itself(closed: Path) -> None:
    account = account_for(closed)
    assert account is None or account.uid != 0


def test_a_folder_that_can_be_reached_is_seen_by_its_path() -> None:
    folder_access = FolderAccess(OTHER_ACCOUNT)
    assert folder_access.of(Path("/usr/bin")) == "/usr/bin"
    assert folder_access.descriptors == ()


@pytest.mark.skipif("sys.platform != 'linux'")
def test_a_folder_out_of_reach_is_handed_over_open(closed: Path) -> None:
    folder_access = FolderAccess(OTHER_ACCOUNT)
    (closed / "file").touch()
    seen = Path(folder_access.of(closed))
    assert [path.name for path in seen.iterdir()] == ["file"]
    assert folder_access.of(closed) == str(seen)
    assert len(folder_access.descriptors) == 1
    folder_access.close()
    assert folder_access.descriptors == ()


@pytest.mark.parametrize(
    ("path", "fits"),
    [("/a" * 45, True), ("/a" * 45 + "/b", False), ("/ä" * 30, True), ("/ä" * 31, False)],
)
def test_a_socket_folder_is_measured_in_bytes(path: str, *, fits: bool) -> None:
    assert suits(Path(path)) == fits


def test_a_comma_would_make_two_hosts_of_one_folder() -> None:
    assert not suits(Path("/a,b"))


def test_a_socket_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    data_dir = tmp_path / ("x" * 90)
    folder = socket_folder(data_dir, None)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(DataDirUnusable, match="exists and belongs to another program"):
        socket_folder(data_dir, None)
    folder.unlink()


def test_the_reserve_is_given_up_when_the_disk_is_full(tmp_path: Path) -> None:
    reserve = tmp_path / "reserve"
    maintain_reserve(reserve, free_bytes=10**12)
    assert reserve.stat().st_size == RESERVE_BYTES
    maintain_reserve(reserve, free_bytes=10**8)
    assert reserve.exists()
    maintain_reserve(reserve, free_bytes=10**6)
    assert not reserve.exists()
    maintain_reserve(reserve, free_bytes=10**8)
    assert not reserve.exists()


def test_the_last_output_is_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    assert last_lines(log) == ""
    log.write_text("\n".join(f"line {number}" for number in range(10_000)))
    assert last_lines(log).splitlines()[-1] == "line 9999"
    assert len(last_lines(log).splitlines()) == 12


def test_a_grown_log_moves_aside(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    keep_small(log)
    log.write_bytes(b"x" * 5_000_001)
    keep_small(log)
    assert not log.exists()
    assert (tmp_path / "server.log.1").stat().st_size == 5_000_001
