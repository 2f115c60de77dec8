"""Giving commands in this process, on a real database."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from typer.testing import CliRunner

from database import Database, open_database
from database.migrate import migrate
from database.models import Base
from scripts.cli.app import app


@dataclass(frozen=True)
class CommandResult:
    """How a command ended, and its output."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """Return the report of `--json`."""
        return json.loads(self.out)


class CommandLine:
    """The command line of a machine with a database."""

    def __init__(self, url: str) -> None:
        migrate(url)
        self.url = url
        self.database: Database = open_database(url)

    def __call__(self, command: str, *options: object, **env: str | None) -> CommandResult:
        given = {"DATABASE_URL": self.url, "REDIS_URL": None, **env}
        result = CliRunner().invoke(app, [*command.split(), *map(str, options)], env=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return CommandResult(result.exit_code, result.stdout, result.stderr)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        (rows,) = self.scalars(f"SELECT count(*) FROM {table}")
        return int(rows)

    def scalars(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        with self.database.session("querying") as session:
            return list(session.scalars(text(query)))

    def execute(self, statement: str) -> None:
        """Tamper with the database."""
        with self.database.session("tampering") as session:
            session.execute(text(statement))

    def empty(self) -> None:
        """Delete everything stored."""
        self.execute(f"TRUNCATE {', '.join(Base.metadata.tables)}")
