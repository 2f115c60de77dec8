"""Cost of imports: only modules that fold load the compiler."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bot_manager.trading


@pytest.mark.parametrize("package", ["bot_manager.trading", "backtesting.metrics"])
def test_values_and_metrics_come_without_the_compiler(package: str) -> None:
    code = f"import sys, {package}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_whatever_is_compiled_into_the_kernel_names_the_folder_of_its_code() -> None:
    folder = Path(bot_manager.trading.__file__).parent
    sources = {path.stem: path.read_text() for path in folder.glob("*.py")}
    compiled = [text for text in sources.values() if "from utils.compiled import" in text]
    used = {name for text in compiled for name in re.findall(r"bot_manager\.trading\.(\w+)", text)}
    marks = ("from utils.compiled import", "# Compiled into ")
    assert len(used) > 5
    assert [name for name in used if not any(mark in sources[name] for mark in marks)] == []
