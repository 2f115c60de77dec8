"""Write the pages of the documentation that are made from the code."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from scripts.cli.app import COMMANDS, HELP
from scripts.cli.app import app as root_app
from scripts.cli.exits import exit_on_error
from utils.errors import ConfigError

_ROOT = Path(__file__).parents[3]

_HEAD = """# Command line

Every command: `uv run truetape GROUP COMMAND`. [Commands](../commands.md) has the data directory,
exit codes and examples. Made from the commands by `uv run truetape maintenance reference`; a test
compares them.
"""


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape maintenance reference")
def main() -> None:
    """Write the pages of the documentation that are made from the code, for contributors."""
    from dashboard.http_api.openapi import openapi_document
    from dashboard.http_api.reference import markdown_reference
    from dashboard.server import API_ROUTERS
    from strategies.indicators.reference import reference as indicators_page

    with exit_on_error():
        if not (_ROOT / "pyproject.toml").is_file():
            problem = "are not part of an installation; run it from the project's folder"
            raise ConfigError("docs", problem=problem)
        docs = _ROOT / "docs"
        routes = [route for router in API_ROUTERS for route in router.routes]
        pages = {
            "indicators.md": indicators_page(),
            "reference/api.md": markdown_reference(openapi_document(routes)),
            "reference/cli.md": commands_page(),
        }
        for page, text in pages.items():
            (docs / page).write_text(text, encoding="utf-8")
            typer.echo(f"{page} written")


def commands_page() -> str:
    """Return the reference of all commands: every group, every command, every option."""
    root: Any = typer.main.get_command(root_app)
    lines = [_HEAD]
    for group, names in COMMANDS.items():
        lines.append(f"## {group}\n\n{HELP[group]}\n")
        for name in names:
            lines += _command(f"{group} {name}", root.commands[group].get_command(None, name))
    return "\n".join(lines)


def _command(place: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join(_argument(each) for each in arguments)
    yield f"### {place}\n\n```\ntruetape {place}{' [OPTIONS]' if options else ''} {usage}".rstrip()
    yield f"```\n\n{' '.join(command.help.split())}\n"
    rows = [(f"`{_argument(each)}`", each) for each in arguments if each.help]
    rows += [(_flags(each), each) for each in options]
    if rows:
        yield "| option | meaning | default |\n| --- | --- | --- |"
        yield from (
            f"| {shown} | {_cell(each.help or '')} | {_default(each)} |" for shown, each in rows
        )
        yield ""


def _argument(argument: Any) -> str:
    shown = str(argument.metavar or argument.name.upper())
    return shown if argument.required else f"[{shown}]"


def _flags(option: Any) -> str:
    names = "/".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return f"`{names}`"
    return f"`{names} {_cell(_kind(option))}`"


def _kind(option: Any) -> str:
    return str(option.display_type(None))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if (
        value is None
        or value == ""
        or parameter.param_type_name == "argument"
        or isinstance(value, bool)
    ):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
