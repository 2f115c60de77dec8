"""Settings become what decides who may enter the dashboard."""

from config import Settings
from dashboard.security.access import Access
from dashboard.security.key_file import FILE_NAME, KeyFile


def access_of(settings: Settings) -> Access:
    """Return where the dashboard listens, and to which names."""
    return Access(host=settings.dashboard.host, allowed_hosts=settings.dashboard.allowed_hosts)


def key_file(settings: Settings) -> KeyFile:
    """Return the file of users and tokens, with the admin of the settings."""
    secret = settings.dashboard.password_hash
    path = settings.folders.data_dir / FILE_NAME
    return KeyFile(path, secret.reveal() if secret else None)


def require_keys(settings: Settings) -> None:
    """Raise ConfigError if strangers could enter, or the file of users cannot be read."""
    keys = key_file(settings)
    keys.load()
    access_of(settings).require_keys(keys.keys())
