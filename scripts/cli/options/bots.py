"""The options of the bot commands."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.options.parsers import line

Names = Annotated[list[str] | None, typer.Argument(metavar="BOT...", help="Names of bots.")]
Name = Annotated[str, typer.Argument(metavar="BOT", help="Name of a bot.")]
All = Annotated[bool, typer.Option("--all", help="Every bot that can do it.")]
Reason = Annotated[
    str, typer.Option(parser=line, metavar="TEXT", help="Why: kept in the bot's history.")
]
File = Annotated[Path, typer.Argument(metavar="FILE.json", help="A bot, as in config/bots.")]
