"""The `truetape` command. A command's module is imported when the command is used or listed."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

HELP = {
    "services": "Start the platform, or one service of it.",
    "data": "Import, download, verify, export and delete market data.",
    "strategy": "Verify strategies and evaluate them over history.",
    "backtest": "Run backtests, compare them, and test them out of sample.",
    "sweep": "Search the parameters of a strategy.",
    "bots": "Create, list and command bots, and verify them.",
    "alerts": "List, acknowledge and mute alerts, and test their channels.",
    "users": "Manage the users and tokens of the dashboard, and their roles.",
    "maintenance": "Check, back up, restore and trim the store.",
}
COMMANDS = {
    "services": {
        "all": "main",
        "collectors": "scripts.start_collectors",
        "strategies": "scripts.start_strategies",
        "bots": "scripts.start_bots",
        "verification": "scripts.start_verification",
        "maintenance": "scripts.start_maintenance",
        "health": "scripts.start_health",
        "dashboard": "scripts.start_dashboard",
        "simulator": "scripts.start_simulator",
    },
    "data": {
        "import-candles": "scripts.cli.data.import_candles",
        "import-trades": "scripts.cli.data.import_trades",
        "download": "scripts.cli.data.download",
        "verify": "scripts.cli.data.verify",
        "export": "scripts.cli.data.export",
        "seal": "scripts.cli.data.seal",
        "delete": "scripts.cli.data.delete",
    },
    "strategy": {
        "verify": "scripts.cli.strategy.verify",
        "run": "scripts.cli.strategy.run",
    },
    "backtest": {
        "run": "scripts.cli.backtest.run",
        "compare": "scripts.cli.backtest.compare",
        "walk-forward": "scripts.cli.backtest.walk_forward",
    },
    "sweep": {"run": "scripts.cli.sweep.run"},
    "bots": dict.fromkeys(
        (
            "list", "show", "create", "change", "edit", "versions", "rollback", "clone", "verify",
            "start", "pause", "resume", "flatten", "stop", "keep", "kill", "archive",
        ),
        "scripts.cli.bots.commands",
    ),
    "alerts": dict.fromkeys(
        ("list", "acknowledge", "mute", "unmute", "test"), "scripts.cli.alerts"
    ),
    "users": dict.fromkeys(
        (
            "add", "role", "remove", "token", "revoke", "unlock", "link", "list", "hash-password",
        ),
        "scripts.cli.users",
    ),
    "maintenance": {
        "health": "scripts.cli.maintenance.health",
        "database": "scripts.cli.maintenance.database",
        "timescale": "scripts.cli.maintenance.database",
        "backup": "scripts.cli.maintenance.backups",
        "restore": "scripts.cli.maintenance.backups",
        "retention": "scripts.cli.maintenance.retention",
        "reference": "scripts.cli.maintenance.reference",
    },
}  # fmt: skip
"""The module of every command; its `app` is the command, or holds it under the command's name."""


class LazyGroup(TyperGroup):
    """A group of `COMMANDS`, which imports the module of a command when it is used."""

    def list_commands(self, _context: Any) -> list[str]:
        """Return the names of the commands, in the order of the table."""
        return list(COMMANDS[self.name or ""])

    def get_command(self, _context: Any, cmd_name: str) -> Any:
        """Return a command, None if there is none of the name."""
        module = COMMANDS[self.name or ""].get(cmd_name)
        if module is None:
            return None
        loaded = typer.main.get_command(import_module(module).app)
        command = loaded.commands[cmd_name] if isinstance(loaded, TyperGroup) else loaded
        command.name = cmd_name
        return command


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A crypto trading bot platform in which the tape is the truth.",
)
for _name, _help in HELP.items():
    app.add_typer(
        typer.Typer(cls=LazyGroup, no_args_is_help=True, help=_help, name=_name), name=_name
    )
