"""Digest of the code that made a result."""

import hashlib
from functools import cache
from pathlib import Path

from utils.compiled_cache import sources_digest

PACKAGES = ("data/market", "strategies", "bot_manager/trading", "backtesting", "utils")


@cache
def code_digest(root: Path = Path(__file__).parents[1]) -> str:
    """Return a digest of everything that may change a result: our sources, numba and Python.

    The processor is not included: signals depend on floating point and may differ on another.
    """
    digest = hashlib.blake2b(sources_digest(root).encode(), digest_size=16)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
