"""The file of users and tokens: `<data_dir>/access.json`, readable by its owner only.

A file and no table: users and tokens are available while the database is down, before it is
started, and are in no backup of it.
"""

import logging
from pathlib import Path

from dashboard.security.keys import ADMIN_NAME, Keys, User
from dashboard.security.roles import Role
from utils.codec import CodecError, decode, encode
from utils.errors import ConfigError
from utils.files import atomic_write, data_folder, open_private
from utils.password_hash import check_password_hash

log = logging.getLogger("truetape.dashboard")

FILE_NAME = "access.json"

_Stamp = tuple[int, int]


class KeyFile:
    """Reads the file when it has changed; the last content stays valid while it cannot be read.

    `admin_hash` is the password hash of the user `admin`, who needs no file.
    """

    def __init__(self, path: Path, admin_hash: str | None = None) -> None:
        self._path = path
        self._admin_hash = admin_hash
        self._stamp: _Stamp | None = None
        self._keys = self._with_admin(Keys())

    def keys(self) -> Keys:
        """Return the users and tokens that are valid now."""
        stamp = self._file_stamp()
        if stamp != self._stamp:
            try:
                self._keys, self._stamp = self._with_admin(self.load()), stamp
            except ConfigError:
                log.exception(
                    "user file not read; the previous users stay", extra={"file": str(self._path)}
                )
                self._stamp = stamp
        return self._keys

    def load(self) -> Keys:
        """Return the content of the file, without the admin of the settings. Raises ConfigError."""
        try:
            keys = decode(Keys, self._path.read_bytes())
        except FileNotFoundError:
            return Keys()
        except (OSError, CodecError) as error:
            raise ConfigError(str(self._path), problem=f"cannot be read: {error}") from error
        for user in keys.users:
            try:
                check_password_hash(user.password_hash)
            except ValueError as error:
                problem = f"the password hash of {user.name} {error}"
                raise ConfigError(str(self._path), problem=problem) from None
        return keys

    def save(self, keys: Keys) -> None:
        """Replace the file. Raises ConfigError."""
        try:
            data_folder(self._path.parent)
            with atomic_write(self._path, open_private) as raw:
                raw.write(encode(keys))
        except OSError as error:
            raise ConfigError(str(self._path), problem=f"cannot be written: {error}") from error

    def _with_admin(self, keys: Keys) -> Keys:
        if self._admin_hash is None:
            return keys
        admin = User(name=ADMIN_NAME, role=Role.ADMIN, password_hash=self._admin_hash)
        return keys.with_user(admin)

    def _file_stamp(self) -> _Stamp | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino
