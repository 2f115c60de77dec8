"""Check a strategy for look-ahead, hidden state and randomness."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.parsers import MAX_SEED, json_object

_EXAMPLE = "Example: uv run truetape strategy verify user_strategies/my_first.py"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A .py file, or a class.")],
    parameters: Annotated[str, typer.Option(help="Other than the defaults, as JSON.")] = "{}",
    folder: Annotated[Path, typer.Option(help="Where your own strategies are.")] = Path(
        "user_strategies"
    ),
    seed: Annotated[
        int, typer.Option(min=0, max=MAX_SEED, help="Which made-up market to try.")
    ] = 1,
) -> None:
    """Try a strategy in every way that betrays one; exit with 1 if something is found."""
    from scripts.composition.strategies import open_command_registry, strategies_named
    from strategies.hosts.verification import verify_in_workers

    with exit_on_error(), open_command_registry(folder) as registry:
        chosen = json_object("--parameters", parameters)
        types, problems = strategies_named(target, registry)
        for problem in problems:
            typer.secho(problem, err=True, fg="red")
        for each in types:
            each.configure(chosen)
        reports = [verify_in_workers(registry.host, each, chosen, seed) for each in types]
        for line in (line for report in reports for line in report.lines()):
            typer.echo(line)
    if problems or not all(report.passed for report in reports):
        raise typer.Exit(ExitCode.FOUND)
