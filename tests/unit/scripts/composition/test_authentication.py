"""A dashboard that lost its users logs a warning."""

import logging
from pathlib import Path

import pytest

from config import Settings
from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.keys import Keys
from scripts.cli.maintenance.backups import warn_of_missing_users
from scripts.composition.authentication import warn_if_login_disabled
from scripts.composition.location import with_data_dir
from tests.builders import at
from tests.dashboard_world import a_user
from tests.fakes import InMemoryStore
from tests.fakes.audit import InMemoryAuditRepository
from utils.audit import AuditEntry


def an_entry(name: str, what: str = "/login") -> AuditEntry:
    return AuditEntry(at=at(0), username=name, role="admin", address="127.0.0.1", action=what)


def test_removed_users_with_sessions_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, store = with_data_dir(Settings(), tmp_path), InMemoryStore()
    audit = InMemoryAuditRepository(store)
    with caplog.at_level(logging.WARNING, "truetape.dashboard"):
        audit.add([an_entry(""), an_entry("owner", "/bots/start")])
        warn_if_login_disabled(settings, audit)
        assert caplog.records == []
        audit.add([an_entry("alice")])
        warn_if_login_disabled(settings, audit)
        assert "restore access.json" in caplog.text
        assert caplog.records[0].users == ["alice"]  # type: ignore[attr-defined]
        caplog.clear()
        store.available = False
        warn_if_login_disabled(settings, audit)
        KeyFile(tmp_path / FILE_NAME).save(Keys(users=(a_user("alice"),)))
        warn_if_login_disabled(settings, audit)
    assert caplog.records == []


def test_a_restored_directory_without_users_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = with_data_dir(Settings(), tmp_path)
    warn_of_missing_users(settings)
    stderr = capsys.readouterr().err
    assert "needs no login" in stderr
    assert f"--data-dir {tmp_path}" in stderr
    KeyFile(tmp_path / FILE_NAME).save(Keys(users=(a_user("alice"),)))
    warn_of_missing_users(settings)
    assert capsys.readouterr().err == ""
