"""Settings become what decides who may enter the dashboard."""

from config import Settings
from dashboard.security.access import Access
from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.login_grants import FOLDER_NAME, LoginGrants
from utils.clock import SystemClock


def access_of(settings: Settings) -> Access:
    """Return where the dashboard listens, and to which names."""
    dashboard = settings.dashboard
    return Access(
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
    """Return what commands on the host grant to those who want to log in."""
    return LoginGrants(settings.folders.data_dir / FOLDER_NAME, SystemClock())


def require_keys(settings: Settings) -> None:
    """Raise ConfigError if strangers could enter, or the file of users cannot be read."""
    keys = key_file(settings)
    keys.load()
    access_of(settings).require_keys(keys.keys())
