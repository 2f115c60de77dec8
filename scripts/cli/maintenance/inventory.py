"""The report of a database."""

import msgspec
import typer
from rich.table import Table

from database.backups.inventory import Inventory
from scripts.cli.tables import print_table
from utils.codec import encode

UNLIMITED_ROWS = 2**62


def show_inventory(inventory: Inventory, *, as_json: bool) -> None:
    """Print the inventory of a database."""
    if as_json:
        facts = msgspec.to_builtins(inventory) | {"words": inventory.timescale.describe()}
        typer.echo(encode(facts).decode())
        return
    schema = inventory.schema or "missing"
    typer.echo(f"PostgreSQL {inventory.version}, schema {schema}, newest {inventory.newest_schema}")
    typer.echo(f"timescaledb: {inventory.timescale.describe()}")
    table = Table("table", "rows, about", "MB")
    for one in inventory.tables:
        table.add_row(one.name, f"{one.rows:,}", f"{one.size_bytes / 1e6:,.1f}")
    print_table(table)
