"""Compile Python functions over arrays to machine code. The only module that uses numba."""

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


def compiled_part(function: F) -> F:
    """Compile into the compiled functions that call it; Python itself cannot call it.

    For kernels of many small parts: each compiles in a third less time without a Python entry.
    """
    njit: Callable[..., Any] = numba.njit
    part = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
    return cast(F, part(function))
