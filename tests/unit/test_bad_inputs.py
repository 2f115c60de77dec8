"""Bad settings, JSON files and strategy files are refused in words that name what is wrong."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import load_model, load_settings
from config.settings import variable_names
from data.collectors.factory import EXCHANGES
from tests.bad_inputs.documents import DOCUMENTS, BadDocument
from tests.bad_inputs.refusals import refusal_faults
from tests.bad_inputs.settings import SETTINGS, BadSetting
from tests.bad_inputs.strategy_files import STRATEGY_FILES
from tests.user_registry import make_registry
from utils.errors import ConfigError


@pytest.fixture(scope="module")
def environment() -> Iterator[None]:
    """Take every setting out of the environment meanwhile."""
    names = [name for name in variable_names(EXCHANGES) if name in os.environ]
    before = {name: os.environ.pop(name) for name in names}
    yield
    os.environ.update(before)


def refusal_of(row: BadSetting) -> Iterator[str]:
    os.environ.update(row.variables)
    try:
        load_settings(env_file=None, exchanges=EXCHANGES)
    except ConfigError as error:
        yield from refusal_faults(str(error), row.names)
    except Exception as error:  # noqa: BLE001 any other is a fault of ours, to be listed
        yield f"{type(error).__name__}: {error}"
    else:
        yield "is accepted"
    finally:
        for name in row.variables:
            del os.environ[name]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("section", dict.fromkeys(row.section for row in SETTINGS))
def test_bad_settings_are_refused(section: str) -> None:
    rows = [row for row in SETTINGS if row.section == section]
    assert "\n".join(f"{row.id}: {each}" for row in rows for each in refusal_of(row)) == ""


def fault_of(row: BadDocument, path: Path) -> Iterator[str]:
    path.write_bytes(row.text)
    try:
        load_model(path, row.model)
    except ConfigError as error:
        yield from refusal_faults(str(error), (str(path), *row.names))
    except Exception as error:  # noqa: BLE001 any other is a fault of ours, to be listed
        yield f"{type(error).__name__}: {str(error)[:200]}"
    else:
        yield "is accepted"


@pytest.mark.parametrize("model", dict.fromkeys(row.model for row in DOCUMENTS))
def test_bad_files_are_refused(model: type, tmp_path: Path) -> None:
    rows = [row for row in DOCUMENTS if row.model is model]
    path = tmp_path / "bad.json"
    assert "\n".join(f"{row.id}: {each}" for row in rows for each in fault_of(row, path)) == ""


def test_bad_strategy_files_are_reported_and_harm_no_other(tmp_path: Path) -> None:
    for name, (text, _) in STRATEGY_FILES.items():
        (tmp_path / f"{name}.py").write_bytes(text)
    good = tmp_path / "zz_good.py"
    good.write_bytes(STRATEGY_FILES["twice"][0].replace(b"Twice", b"Good"))
    registry = make_registry(tmp_path)
    problems = {
        name: [str(problem) for problem in registry.in_file(tmp_path / f"{name}.py")[1]]
        for name in STRATEGY_FILES
    }
    faults = [
        f"{name}: {fault}"
        for name, (_, names) in STRATEGY_FILES.items()
        if name != "twice"
        for fault in refusal_faults("; ".join(problems[name]), (f"{name}.py", *names))
    ]
    assert faults == []
    assert registry.find("Good").name == "Good"
    assert registry.find("EmaCrossover").id.path is None
