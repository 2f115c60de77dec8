"""Start a spawned worker: ignores Ctrl+C, never outlives its parent, uses the compiled cache.

Imports only what it needs, so that the folder of compiled code can still be chosen.
"""

import signal
from pathlib import Path

from utils.compiled_cache import use_compiled_cache
from utils.supervision.child import exit_with_parent


def begin_worker(compiled: Path) -> None:
    """Prepare this process, and keep its compiled code below `compiled`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with_parent()
    use_compiled_cache(compiled)
