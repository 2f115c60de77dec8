"""The options that most commands have."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(help="The platform's data directory. Default: DATABASE_URL, else DATA_DIR."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
