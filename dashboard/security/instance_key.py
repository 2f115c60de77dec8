"""The secret of one data directory: it signs device cookies and names this instance's cookies."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

from utils.files import atomic_write, open_private

log = logging.getLogger("truetape.dashboard")

FILE_NAME = "instance.key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """A random secret, and the names of cookies that no other instance on the host shares.

    Browsers send a cookie to every port of a host, so the names must differ between instances.
    """

    secret: bytes

    @property
    def session_cookie(self) -> str:
        """Return the name of the cookie of a session."""
        return f"truetape_session_{self._suffix}"

    @property
    def device_cookie(self) -> str:
        """Return the name of the cookie of a browser that logged in before."""
        return f"truetape_device_{self._suffix}"

    @property
    def _suffix(self) -> str:
        return hashlib.sha256(b"cookie names" + self.secret).hexdigest()[:8]


def new_instance_key() -> InstanceKey:
    """Return a new key, without storing it."""
    return InstanceKey(secrets.token_bytes(_KEY_BYTES))


def load_instance_key(path: Path) -> InstanceKey:
    """Load the key of a data directory; create the file if it is missing or damaged.

    If the file cannot be read or written, the key is valid until the server ends.
    """
    try:
        if path.exists() and len(stored := path.read_bytes()) == _KEY_BYTES:
            return InstanceKey(stored)
        key = new_instance_key()
        with atomic_write(path, open_private) as raw:
            raw.write(key.secret)
    except OSError as error:
        log.warning(
            "device cookies valid until the restart only: key not stored",
            extra={"reason": str(error)},
        )
        return new_instance_key()
    return key
