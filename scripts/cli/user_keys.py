"""The file of users and tokens that the commands change, and the passwords that they read."""

import sys
from pathlib import Path

import typer

from config import Settings
from dashboard.security.key_file import KeyFile
from dashboard.security.keys import ADMIN_NAME
from dashboard.security.passwords import MIN_LENGTH
from scripts.composition.authentication import key_file
from scripts.composition.location import settings_for
from utils.errors import ConfigError


def file_of(data_dir: Path | None) -> KeyFile:
    """Return the file of users of a data directory. Raises ConfigError."""
    return key_file(settings_for(data_dir))


def require_user(settings: Settings, name: str) -> None:
    """Raise ConfigError for an unknown user.

    The admin is not checked: only the platform's own environment may hold the admin's hash.
    """
    if name != ADMIN_NAME and key_file(settings).keys().user(name) is None:
        raise unknown_user(name)


def read_password() -> str:
    """Read a password, twice from a terminal or once from a pipe. Raises ConfigError."""
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_LENGTH:
        raise ConfigError("password", problem=f"must have at least {MIN_LENGTH} characters")
    return password


def unknown_user(name: str) -> ConfigError:
    """Return the error for an unknown user."""
    return ConfigError("name", problem=f"there is no user {name!r}; see: truetape users list")
