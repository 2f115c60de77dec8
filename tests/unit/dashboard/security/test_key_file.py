"""Users and tokens in their file, and the command that writes it."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.keys import Keys, User, check_name
from dashboard.security.roles import Role
from scripts.cli.users import app
from tests.dashboard_world import a_user
from utils.errors import ConfigError

ALICE = a_user("alice", Role.OPERATOR)


def users(folder: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(folder)], input=typed)
    return result.exit_code, result.output


def test_the_file_is_the_owners_only_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / FILE_NAME
    KeyFile(path).save(Keys(users=(ALICE,)))
    assert KeyFile(path).load() == Keys(users=(ALICE,))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_of_the_file_is_seen_after_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    file = KeyFile(path, ALICE.password_hash)
    assert [user.name for user in file.keys().users] == ["admin"]
    KeyFile(path).save(Keys(users=(ALICE,)))
    assert {user.name for user in file.keys().users} == {"admin", "alice"}
    path.write_text("{")
    assert {user.name for user in file.keys().users} == {"admin", "alice"}
    with pytest.raises(ConfigError, match="cannot be read"):
        file.load()
    path.unlink()
    assert [user.name for user in file.keys().users] == ["admin"]


def test_a_user_whose_hash_is_broken_is_named_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    KeyFile(path).save(Keys(users=(User(name="bob", role=Role.VIEWER, password_hash="$argon2"),)))
    with pytest.raises(
        ConfigError, match="the password hash of bob must be a complete argon2 hash"
    ):
        KeyFile(path).load()


@pytest.mark.parametrize("name", ["", "Alice", "a b", "<b>", "a" * 41, "-x", "é"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ConfigError, match="lower-case"):
        check_name(name)


def test_users_are_added_changed_and_removed_by_command(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / FILE_NAME)
    assert users(tmp_path, "add", "alice", typed="short\n")[0] == 2
    assert users(tmp_path, "add", "admin", typed="long enough\n")[0] == 2
    assert users(tmp_path, "add", "alice", typed="long enough\n")[0] == 0
    assert [(user.name, user.role) for user in file.load().users] == [("alice", "viewer")]
    assert users(tmp_path, "role", "alice", "admin")[0] == 0
    assert file.load().users[0].role is Role.ADMIN
    assert users(tmp_path, "role", "bob", "admin")[0] == 2
    assert "alice" in users(tmp_path, "list")[1]
    assert users(tmp_path, "remove", "alice")[0] == 0
    assert users(tmp_path, "remove", "alice")[0] == 2
    assert file.load() == Keys()


def test_a_token_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / FILE_NAME)
    text = users(tmp_path, "token", "grafana", "--role", "viewer")[1].strip()
    token = file.load().bearer(text)
    assert token is not None
    assert (token.name, token.role) == ("grafana", Role.VIEWER)
    assert text not in (tmp_path / FILE_NAME).read_text()
    assert text not in users(tmp_path, "list")[1]
    assert users(tmp_path, "revoke", "grafana")[0] == 0
    assert file.load().bearer(text) is None
