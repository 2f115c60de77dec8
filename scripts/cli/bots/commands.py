"""Create, list and command bots."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bot_manager.domain.lifecycle import LifecycleEvent
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import From, To, bounds_given
from scripts.cli.options.parsers import line
from scripts.cli.options.standard import AsJson, DataDir

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Names = Annotated[list[str] | None, typer.Argument(metavar="BOT...", help="Names of bots.")]
Name = Annotated[str, typer.Argument(metavar="BOT", help="Name of a bot.")]
All = Annotated[bool, typer.Option("--all", help="Every bot that can do it.")]
Reason = Annotated[
    str, typer.Option(parser=line, metavar="TEXT", help="Why: kept in the bot's history.")
]
File = Annotated[Path, typer.Argument(metavar="FILE.json", help="A bot, as in config/bots.")]
Given = Annotated[
    list[str], typer.Option("--set", metavar="FIELD=VALUE", help="As in exits.stop_loss_bps=150.")
]


@app.command("list", epilog="Example: uv run truetape bots list --json")
def list_bots(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all bots with their states and what verifying them found."""
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import describe_status, print_json

    with open_bot_context(data_dir) as context:
        bots, verifications = context.stores.bots.all(), context.verifications.latest()
    if as_json:
        print_json([{"status": bot, "verification": verifications.get(bot.name)} for bot in bots])
        return
    for bot in bots:
        typer.echo(describe_status(bot, verifications.get(bot.name)))


@app.command(epilog="Example: uv run truetape bots show my-bot")
def show(name: Name, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show a bot: its configuration, its state, its portfolio and its history."""
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.detail import print_detail, read_detail

    with open_bot_context(data_dir) as context:
        detail = read_detail(context, name)
    print_detail(detail, as_json=as_json)


@app.command(epilog="Example: uv run truetape bots create config/bots/my-bot.json")
def create(
    file: File, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Create the bot of a file."""
    from bot_manager.domain.config import read_bot_json
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import print_version, read_text

    with open_bot_context(data_dir) as context:
        version = context.service.create(read_bot_json(read_text(file), source=str(file)), reason)
    print_version(as_json, version, "is created")


@app.command(epilog="Example: uv run truetape bots change config/bots/my-bot.json")
def change(
    file: File, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give a bot the configuration of a file, from its next start on."""
    from bot_manager.domain.config import read_bot_json
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import print_version, read_text

    with open_bot_context(data_dir) as context:
        version = context.service.change(read_bot_json(read_text(file), source=str(file)), reason)
    print_version(as_json, version)


@app.command(epilog="Example: uv run truetape bots edit my-bot --set capital=500")
def edit(
    name: Name, given: Given, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give fields of a bot's configuration other values, from its next start on."""
    from bot_manager.domain.config import edit_config
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import print_version

    with open_bot_context(data_dir) as context:
        version = context.service.change(
            edit_config(context.service.newest(name).config, given), reason
        )
    print_version(as_json, version)


@app.command(epilog="Example: uv run truetape bots versions my-bot")
def versions(name: Name, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every version of a bot's configuration: who changed what, when and why."""
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import describe_changes, print_json, version_facts

    with open_bot_context(data_dir) as context:
        context.service.newest(name)
        made = context.stores.bots.versions(name)
    if as_json:
        print_json([version_facts(version) for version in made])
        return
    for version in made:
        when = version.made_at.isoformat(timespec="seconds")
        typer.echo(f"version {version.number}  {when}  by {version.actor}: {version.reason}")
        typer.echo("".join(f"  {each}\n" for each in describe_changes(version)), nl=False)


@app.command(epilog="Example: uv run truetape bots rollback my-bot 1")
def rollback(
    name: Name,
    number: Annotated[int, typer.Argument(metavar="VERSION", min=1, max=1_000_000)],
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an older version of a bot's configuration, from its next start on."""
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import print_version

    with open_bot_context(data_dir) as context:
        version = context.service.rollback(name, number, reason)
    print_version(as_json, version)


@app.command(epilog="Example: uv run truetape bots clone my-bot my-other-bot")
def clone(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")],
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create a bot that is configured as another."""
    from scripts.cli.bots.context import open_bot_context
    from scripts.cli.bots.output import print_version

    with open_bot_context(data_dir) as context:
        version = context.service.clone(name, new_name, reason)
    print_version(as_json, version, "is created")


@app.command(epilog="Example: uv run truetape bots verify my-bot")
def verify(
    names: Names = None,
    all_bots: All = False,
    start: From = None,
    end: To = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Replay bots from tape, signals and journal: IDENTICAL, or the first difference and why."""
    from scripts.cli.bots.context import verify_bots
    from scripts.cli.bots.output import describe_result, print_json, result_facts

    with exit_on_error():
        bounds = bounds_given(start, end)
    found = verify_bots(names, all_bots, bounds, data_dir)
    if as_json:
        print_json([result_facts(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.bot}: {describe_result(one)}")
    if not all(one.identical for one in found):
        raise typer.Exit(ExitCode.FOUND)


def _create_command(rule: LifecycleEvent, help_text: str) -> Callable[..., None]:
    def command(
        names: Names = None,
        all_bots: All = False,
        reason: Reason = "",
        data_dir: DataDir = None,
        as_json: AsJson = False,
    ) -> None:
        from scripts.cli.bots.context import open_bot_context, require_names
        from scripts.cli.bots.output import print_result

        with open_bot_context(data_dir) as context:
            if all_bots:
                one = context.service.command_all(rule, reason)
                facts: object = {"all": True, "command": rule, "number": one.number}
                return print_result(as_json, facts, f"{rule} is requested for all bots")
            requests = context.service.command(require_names(names), rule, reason)
        facts = [{"bot": one.request.bot, "number": one.number} for one in requests]
        print_result(
            as_json, facts, "\n".join(f"{one.request.bot}: {rule} is requested" for one in requests)
        )
        return None

    command.__doc__ = help_text
    return command


for _rule, _does in {
    LifecycleEvent.START: "Start bots: they follow their strategy from now on.",
    LifecycleEvent.PAUSE: "Pause bots: no new entries, exits are managed.",
    LifecycleEvent.RESUME: "Resume bots, and lift what a protection halted.",
    LifecycleEvent.FLATTEN: "Close the positions of bots, which go on.",
    LifecycleEvent.STOP: "Stop bots, closing their positions at the next print.",
    LifecycleEvent.KEEP: "Stop bots at once, keeping their positions.",
    LifecycleEvent.KILL: "Kill bots: flat at the next print, whatever else is going on.",
    LifecycleEvent.ARCHIVE: "Put bots away that have stopped; their history is kept.",
}.items():
    _epilog = f"Example: uv run truetape bots {_rule} my-bot --reason lunch"
    app.command(_rule.value, epilog=_epilog)(_create_command(_rule, _does))
