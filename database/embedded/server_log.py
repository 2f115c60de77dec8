"""A server's own log file: rotated at each start, and quoted when the server crashes."""

from pathlib import Path

_MAX_BYTES = 5_000_000
_TAIL_BYTES = 4_000
_TAIL_LINES = 12


def keep_small(path: Path) -> None:
    """Rotate a large log, replacing the previous one."""
    if path.exists() and path.stat().st_size > _MAX_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))


def last_lines(path: Path) -> str:
    """Return the last lines of a log; empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-_TAIL_LINES:])
