"""Manage users with passwords, programs with tokens, and their roles."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.security.roles import Role
from scripts.cli.exits import exit_on_error
from utils.errors import ConfigError

if TYPE_CHECKING:
    from config import Settings
    from dashboard.security.key_file import KeyFile

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Name = Annotated[str, typer.Argument(help="Lower-case letters, digits, dots, dashes, underscores.")]

RoleOption = Annotated[Role, typer.Option(help="Each may what those before it may, too.")]

DataDir = Annotated[
    Path | None, typer.Option(help="The platform's data directory. Default: DATA_DIR.")
]


@app.command(epilog="Example: uv run truetape users add alice --role operator")
def add(name: Name, role: RoleOption = Role.VIEWER, data_dir: DataDir = None) -> None:
    """Add a user, or set password and role of one; reads the password, also from a pipe."""
    from dashboard.security.keys import ADMIN_NAME, User, check_name
    from dashboard.security.passwords import hash_password

    with exit_on_error():
        if check_name(name) == ADMIN_NAME:
            raise ConfigError("name", problem="admin is the user of DASHBOARD_PASSWORD_HASH")
        file = _file_of(data_dir)
        user = User(name=name, role=role, password_hash=hash_password(_read_password()))
        file.save(file.load().with_user(user))
        typer.echo(f"{name} may log in as {role.value}")


@app.command(epilog="Example: uv run truetape users role alice viewer")
def role(name: Name, role: Role, data_dir: DataDir = None) -> None:
    """Give a user another role; it holds from the next request on."""
    from dashboard.security.keys import User

    with exit_on_error():
        file = _file_of(data_dir)
        keys = file.load()
        if (user := keys.user(name)) is None:
            raise _unknown_user(name)
        file.save(keys.with_user(User(name=name, role=role, password_hash=user.password_hash)))
        typer.echo(f"{name} is {role.value} now")


@app.command(epilog="Example: uv run truetape users remove alice")
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Remove a user; whatever session is open ends."""
    with exit_on_error():
        file = _file_of(data_dir)
        keys = file.load()
        if keys.user(name) is None:
            raise _unknown_user(name)
        file.save(keys.without_user(name))
        typer.echo(f"{name} may not log in any more")


@app.command(epilog="Example: uv run truetape users token grafana")
def token(name: Name, role: RoleOption = Role.VIEWER, data_dir: DataDir = None) -> None:
    """Make a token for a program and print it, once; one of the same name ends."""
    from dashboard.security.keys import new_token

    with exit_on_error():
        file = _file_of(data_dir)
        made, text = new_token(name, role, datetime.now(UTC))
        file.save(file.load().with_token(made))
        typer.echo(text)


@app.command(epilog="Example: uv run truetape users revoke grafana")
def revoke(name: Name, data_dir: DataDir = None) -> None:
    """End a token."""
    with exit_on_error():
        file = _file_of(data_dir)
        keys = file.load()
        if name not in {each.name for each in keys.tokens}:
            raise ConfigError("name", problem=f"there is no token {name!r}")
        file.save(keys.without_token(name))
        typer.echo(f"the token {name} opens nothing any more")


@app.command(epilog="Example: uv run truetape users unlock alice")
def unlock(name: Name, data_dir: DataDir = None) -> None:
    """Reset the failed logins of a user; for two minutes no try of the name is slowed.

    It holds from the user's next try on. While passwords are being guessed, use a link instead.
    """
    from scripts.composition.authentication import login_grants
    from scripts.composition.location import settings_for

    with exit_on_error():
        settings = settings_for(data_dir)
        _require_user(settings, name)
        login_grants(settings).unlock(name)
        typer.echo(f"{name} may try again at once")


@app.command(epilog="Example: uv run truetape users link alice")
def link(name: Name, data_dir: DataDir = None) -> None:
    """Print a link that logs a user in once, without a password, within 15 minutes."""
    from dashboard.security.guard import LINK_PATH
    from scripts.composition.authentication import login_grants
    from scripts.composition.location import running_in, settings_for

    with exit_on_error():
        settings = settings_for(data_dir)
        _require_user(settings, name)
        token = login_grants(settings).new_link(name)
        running = running_in(settings.folders.data_dir)
        dashboard = settings.dashboard
        at = running.dashboard_url if running else f"http://{dashboard.host}:{dashboard.port}"
        typer.echo(f"{at.rstrip('/')}{LINK_PATH}?token={token}")


@app.command("list", epilog="Example: uv run truetape users list")
def show(data_dir: DataDir = None) -> None:
    """List users and tokens."""
    with exit_on_error():
        keys = _file_of(data_dir).keys()
    for user in sorted(keys.users, key=lambda user: user.name):
        typer.echo(f"user   {user.name:<40} {user.role.value}")
    for each in sorted(keys.tokens, key=lambda each: each.name):
        made = each.made_at.isoformat(timespec="seconds")
        typer.echo(f"token  {each.name:<40} {each.role.value:<8}  since {made}")


@app.command("hash-password", epilog="Example: uv run truetape users hash-password")
def print_password_hash() -> None:
    """Read a password, twice from a terminal or once from a pipe, and print its argon2 hash.

    It is the value of DASHBOARD_PASSWORD_HASH.
    """
    from dashboard.security.passwords import hash_password

    with exit_on_error():
        typer.echo(hash_password(_read_password()))


def _file_of(data_dir: Path | None) -> "KeyFile":
    """Return the file of users of a data directory. Raises ConfigError."""
    from scripts.composition.authentication import key_file
    from scripts.composition.location import settings_for

    return key_file(settings_for(data_dir))


def _require_user(settings: "Settings", name: str) -> None:
    """Raise ConfigError for an unknown user.

    The admin is not checked: only the platform's own environment may hold the admin's hash.
    """
    from dashboard.security.keys import ADMIN_NAME
    from scripts.composition.authentication import key_file

    if name != ADMIN_NAME and key_file(settings).keys().user(name) is None:
        raise _unknown_user(name)


def _read_password() -> str:
    """Read a password, twice from a terminal or once from a pipe. Raises ConfigError."""
    from dashboard.security.passwords import MIN_LENGTH

    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_LENGTH:
        raise ConfigError("password", problem=f"must have at least {MIN_LENGTH} characters")
    return password


def _unknown_user(name: str) -> ConfigError:
    """Return the error for an unknown user."""
    return ConfigError("name", problem=f"there is no user {name!r}; see: truetape users list")
