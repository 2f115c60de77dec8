"""What an import costs: the compiler is loaded by whoever folds, and by nobody else."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["bot_manager.trading", "backtesting.metrics"])
def test_values_and_metrics_come_without_the_compiler(package: str) -> None:
    code = f"import sys, {package}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
