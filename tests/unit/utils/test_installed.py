"""What counts as installed code."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import utils
from utils.installed import installed_folders, is_installed


@pytest.fixture(autouse=True)
def _computed_anew() -> Iterator[None]:
    installed_folders.cache_clear()
    yield
    installed_folders.cache_clear()


def test_packages_and_our_own_code_are_installed_and_nothing_beside_them(tmp_path: Path) -> None:
    assert is_installed(Path(np.__file__))
    assert is_installed(Path(utils.__file__))
    assert not is_installed(tmp_path / "model.joblib")


def test_an_environment_laid_over_the_first_is_installed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "lib" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.syspath_prepend(packages)
    assert is_installed(packages / "sklearn" / "estimator.css")
    assert not is_installed(tmp_path / "lib" / "model.joblib")
