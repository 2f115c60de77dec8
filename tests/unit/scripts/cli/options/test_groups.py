"""A command has the options of its groups, and receives each group as one value."""

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from scripts.cli.options.groups import with_option_groups


@dataclass(frozen=True, kw_only=True)
class Place:
    city: Annotated[str, typer.Option(help="Where.")]
    avenue: Annotated[str | None, typer.Option("--road", help="In it.")] = None


@dataclass(frozen=True, kw_only=True)
class Amount:
    count: Annotated[int, typer.Option(min=1)] = 1


app = typer.Typer()


@app.command()
@with_option_groups
def deliver(
    what: Annotated[str, typer.Argument()],
    amount: Amount,
    place: Place,
    fast: Annotated[bool, typer.Option("--fast")] = False,
) -> None:
    """Deliver something."""
    typer.echo(f"{what} {amount} {place} {fast}")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_the_fields_of_a_group_are_options_and_the_command_is_given_the_group() -> None:
    code, output = run("bread", "--city", "Rome", "--road", "Appia", "--count", "3", "--fast")
    assert code == 0, output
    assert output.strip() == f"bread {Amount(count=3)} {Place(city='Rome', avenue='Appia')} True"


def test_the_defaults_of_a_group_are_those_of_its_options() -> None:
    code, output = run("bread", "--city", "Rome")
    assert code == 0, output
    assert output.strip() == f"bread {Amount()} {Place(city='Rome')} False"


def test_a_field_without_a_default_is_required_wherever_its_group_stands() -> None:
    code, output = run("bread")
    assert code == 2
    assert "--city" in output


def test_the_bounds_and_the_help_of_a_field_hold() -> None:
    code, output = run("bread", "--city", "Rome", "--count", "0")
    assert code == 2
    assert "--count" in output
    assert "Deliver something." in run("--help")[1]
