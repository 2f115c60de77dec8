"""Python functions over arrays, compiled to machine code. The one place that knows numba."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from utils.compiled_cache import compiled_cache

F = TypeVar("F", bound=Callable[..., Any])

numba.config.CACHE_DIR = str(compiled_cache().folder)  # type: ignore[attr-defined]  # made late


def compiled(function: F) -> F:
    """Compile at the first call and keep the code on disk; it runs without the GIL.

    Arithmetic is IEEE's, step by step as written (no fastmath), so that every caller and every
    machine gets the same bits; a division by zero gives inf or NaN.
    """
    return cast(F, numba.njit(function, cache=True, nogil=True, error_model="numpy"))
