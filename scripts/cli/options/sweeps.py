"""The options of both search commands: what to vary, and which workers to use."""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from scripts.cli.options.parsers import MAX_ROWS
from utils.errors import ConfigError

Kind = Literal["grid", "random", "tpe"]
"""The values of SearchKind, whose module is slow to import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """The options that define a search of parameters, and what it runs on."""

    vary: Annotated[
        list[str] | None,
        typer.Option(
            help="fast=5..50:5 (a range), slow=20,50 (values), or a bare name (all allowed); "
            "repeat."
        ),
    ] = None
    search: Annotated[Kind, typer.Option(help="Every combination, by chance, or by a model.")] = (
        "grid"
    )
    trials: Annotated[int, typer.Option(min=1, max=10 * MAX_ROWS, help="For random and tpe.")] = 200
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**32 - 1, help="For random and tpe: the same goes the same way."),
    ] = 1
    objective: Annotated[str, typer.Option(help="The metric that is searched for.")] = "sharpe"
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_024, help="Processes. Default: one a core, once it takes seconds."
        ),
    ] = None
    scheduler: Annotated[
        str | None, typer.Option(help="Of a Dask cluster, as in tcp://host:8786; not processes.")
    ] = None

    def varied(self) -> list[str]:
        """Return the parameters to vary. Raises ConfigError if there are none."""
        if not self.vary:
            raise ConfigError("--vary", problem="give at least one, as in --vary fast=5..50:5")
        return self.vary
