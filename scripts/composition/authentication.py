"""Composition: authentication of the dashboard from settings."""

import logging

from config import Settings
from dashboard.security.guard import LINK_PATH, LOGIN_PATH
from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.listen_address import ListenAddress
from dashboard.security.login_grants import FOLDER_NAME, LoginGrants
from utils.audit import AuditRepository
from utils.clock import SystemClock
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.dashboard")

_ENTRIES_READ = 1_000


def listen_address_of(settings: Settings) -> ListenAddress:
    """Return the address that the dashboard listens on, and the host names it accepts."""
    dashboard = settings.dashboard
    return ListenAddress(
        host=dashboard.host,
        allowed_hosts=dashboard.allowed_hosts,
        trusted_proxies=dashboard.trusted_proxies,
    )


def key_file(settings: Settings) -> KeyFile:
    """Return the file of users and tokens, with the admin of the settings."""
    secret = settings.dashboard.password_hash
    path = settings.folders.data_dir / FILE_NAME
    return KeyFile(path, secret.reveal() if secret else None)


def login_grants(settings: Settings) -> LoginGrants:
    """Return the login grants that commands on the host make for users."""
    return LoginGrants(settings.folders.data_dir / FOLDER_NAME, SystemClock())


def require_keys(settings: Settings) -> None:
    """Raise ConfigError if remote access needs no key, or the file of users cannot be read."""
    keys = key_file(settings)
    keys.load()
    listen_address_of(settings).require_keys(keys.keys())


def warn_if_login_disabled(settings: Settings, audit: AuditRepository) -> None:
    """Log a warning if no login is needed although users logged in before: was their file lost?"""
    if key_file(settings).keys().users or not listen_address_of(settings).is_local:
        return
    try:
        entries = audit.latest(_ENTRIES_READ)
    except ExternalServiceError as error:
        log.info("audit list cannot be read at the start", extra={"reason": str(error)})
        return
    logged_in = {entry.username for entry in entries if entry.action in (LOGIN_PATH, LINK_PATH)}
    if lost := sorted(logged_in - {""}):
        log.warning(
            "the dashboard needs no login although users logged in before: restore access.json "
            "into the data directory, or add them with truetape users",
            extra={"users": lost, "data_dir": str(settings.folders.data_dir)},
        )
