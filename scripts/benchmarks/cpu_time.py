"""CPU time of work in this process, and of vectorbt in another environment."""

import ctypes
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Work = Callable[[], object]


def keep_freed_memory() -> None:
    """Make glibc keep freed memory, for all contenders: fresh pages cost more than indicators."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option, size in ((-3, 1 << 25), (-1, 1 << 30), (-2, 1 << 28)):
            libc.mallopt(option, size)


def fastest_ns(work: Work, burst: int) -> float:
    """Return the smallest CPU time of some calls in a row."""
    times = []
    for _ in range(burst):
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return float(min(times))


def vectorbt_time(python: Path | None, program: str, *arrays: npt.NDArray[Any]) -> float | None:
    """Return the time that a program of vectorbt prints, None if it cannot run.

    `python` has vectorbt; the program is given the files of the arrays.
    """
    if python is None:
        print("vectorbt is left out: --vectorbt names a Python that has it", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.npy" for number in range(len(arrays))]
        for file, array in zip(files, arrays, strict=True):
            np.save(file, array)
        command = [str(python), "-c", program, *map(str, files)]
        completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode:
        print(f"vectorbt is left out: {completed.stderr.strip()[-300:]}", file=sys.stderr)
        return None
    return float(completed.stdout.split()[-1])
