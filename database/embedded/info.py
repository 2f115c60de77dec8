"""The published addresses of a running platform, in `<data_dir>/instance.json`."""

from datetime import datetime
from pathlib import Path

import msgspec

from utils.files import atomic_write, open_private

_NAME = "instance.json"


class InstanceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of a running platform. URLs are without passwords; `started_at` is UTC."""

    pid: int
    started_at: datetime
    dashboard_url: str
    database_url: str
    redis_url: str


def read_info(data_dir: Path) -> InstanceInfo | None:
    """Return what the last owner announced; None if nothing, or if it was removed."""
    try:
        return msgspec.json.decode((data_dir / _NAME).read_bytes(), type=InstanceInfo)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_info(data_dir: Path, info: InstanceInfo) -> None:
    """Replace the announcement atomically."""
    with atomic_write(data_dir / _NAME, open_private) as raw:
        raw.write(msgspec.json.format(msgspec.json.encode(info)))


def remove_info(data_dir: Path) -> None:
    """Remove the announcement."""
    (data_dir / _NAME).unlink(missing_ok=True)
