"""Spawn Python processes that do not import the main module of their parent.

By default a spawned process runs its parent's main module again, up to `if __name__ == ...`: slow
for a command with many imports, and before the target has chosen the cache of compiled code.
"""

import multiprocessing
import sys
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Lock
from typing import Any

_MAIN_NAMES = (b"__main__", b"__mp_main__")
_starting = Lock()


class _ProcessWithoutMain(SpawnProcess):
    def start(self) -> None:
        main: dict[str, Any] = vars(sys.modules["__main__"])
        with _starting:
            named: dict[str, Any] = {name: main.get(name) for name in ("__spec__", "__file__")}
            main.update(dict.fromkeys(named))
            try:
                super().start()
            finally:
                main.update(named)


class ContextWithoutMain(SpawnContext):
    """Spawns processes whose targets and arguments are importable without the main module."""

    Process = _ProcessWithoutMain


def context_for(pickled: bytes) -> SpawnContext:
    """Return the spawn context; it imports the main module only if the pickled target needs it."""
    requires_main = any(name in pickled for name in _MAIN_NAMES)
    return multiprocessing.get_context("spawn") if requires_main else ContextWithoutMain()
