"""Compute the value of DASHBOARD_PASSWORD_HASH from a password."""

import sys

import typer

from dashboard.security.passwords import MIN_LENGTH, hash_password


def main() -> None:
    """Ask for a password twice (or read it from a pipe) and print its argon2 hash.

    Example: uv run scripts/hash_password.py
    """
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_LENGTH:
        typer.echo(f"the password must have at least {MIN_LENGTH} characters", err=True)
        raise typer.Exit(2)
    typer.echo(hash_password(password))


if __name__ == "__main__":
    typer.run(main)
