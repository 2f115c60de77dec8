"""Bad command lines of every command: options with what their kinds refuse, wrong arguments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import typer

from scripts.cli.app import app

FILE, FOLDER = "@file", "@folder"
"""Stand for a file of good trades, and an empty folder, of the test's own."""

USAGE, FOUND, FAILED = 2, 1, 4


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A command's words, the code that it ends with, and what its error stream must name."""

    id: str
    command: str
    arguments: tuple[str, ...]
    names: tuple[str, ...] = ()
    code: int = USAGE
    typed: str = ""
    variables: dict[str, str] = field(default_factory=dict)


NAME = "okx:BTC-USDT"
OWN = ("--exchange", "kraken", "--symbol", "XBT-USDT")
BACKTEST = (NAME, "--strategy", "EmaCrossover")
VARY = ("--vary", "fast=5..50:5")
WALK_FORWARD = (*BACKTEST, *VARY, "--train-days", "10", "--test-days", "5")

# Commands and what they need beside the option that is wrong.
GOOD: dict[str, tuple[str, ...]] = {
    "data verify": (NAME,),
    "data export": (NAME, f"{FOLDER}/out.csv"),
    "data download": (NAME,),
    "data import-trades": (FILE, *OWN),
    "data import-candles": (FILE, *OWN, "--timeframe", "1m"),
    "strategy run": ("EmaCrossover", NAME),
    "strategy verify": ("EmaCrossover",),
    "backtest run": BACKTEST,
    "sweep run": (*BACKTEST, *VARY),
    "backtest walk-forward": WALK_FORWARD,
    "backtest compare": (),
    "bots verify": ("kept",),
    "maintenance retention": (),
    "maintenance backup": (f"{FOLDER}/out.zip",),
    "maintenance restore": (FILE,),
    "maintenance database": (),
    "maintenance timescale": (),
    "maintenance health": (),
    "services simulator": (),
    "services collectors": (),
    "services dashboard": (),
    "alerts list": (),
    "alerts mute": ("disk-low", "host"),
    "alerts acknowledge": ("disk-low", "host"),
    "users add": ("alice",),
    "users token": ("grafana",),
    "bots list": (),
    "bots rollback": ("kept", "1"),
    "bots kill": ("kept",),
}
# These make a directory, or report that nothing runs in it.
MAKES_DATA = (
    "maintenance health", "data download", "data import-candles", "data import-trades",
    "maintenance restore", "users add", "users token",
)  # fmt: skip
SPANS = {
    "--from": ("noon", "2025-13-01", "9999-12-31T23:59-14:00", "0001-01-01", "1e308", "nan", ""),
    "--to": ("noon", "2025-02-30", "1969-12-31", "-1"),
}
WHOLE = ("abc", "1.5", "nan", "inf", "1e3", "9" * 30, "-1")
NUMBERS = ("abc", "nan", "inf", "1e308", "-1", "9" * 400)


def _option_rows() -> Iterator[BadCommand]:
    for place, good in GOOD.items():
        group, name = place.split()
        groups: Any = typer.main.get_command(app)
        command = groups.commands[group].get_command(None, name)
        for option in command.params:
            for flag, text in _wrong(place, option):
                shown = text if len(text) <= 30 else f"{text[:10]} ({len(text)})"
                yield BadCommand(f"{place} {flag} {shown}", place, (*good, flag, text), (flag,))
        yield BadCommand(f"{place} --surprise", place, (*good, "--surprise"), ("--surprise",))
        if any(each.param_type_name == "argument" and each.required for each in command.params):
            yield BadCommand(f"{place} without arguments", place, (), ("argument",))


def _wrong(command: str, option: Any) -> Iterator[tuple[str, str]]:
    flag, kind = option.opts[0], str(option.display_type(None))
    if flag in SPANS:
        texts = SPANS[flag]
    elif not flag.startswith("--"):
        texts = ()
    elif flag == "--data-dir":
        texts = () if command in MAKES_DATA else (f"{FOLDER}/missing",)
    elif flag == "--seed":
        texts = ("abc", "1.5", "nan")
    elif "|" in kind:
        texts = ("nope",)
    elif "int" in kind:
        texts = WHOLE
    else:
        texts = NUMBERS if "float" in kind or "NUMBER" in kind else ()
    yield from ((flag, text) for text in texts)


_BY_HAND: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    # command, its words, what must be named, code
    ("data verify", "BTC-USDT", ("EXCHANGE:SYMBOL", "BTC-USDT"), USAGE),
    ("data verify", "a:b:c", ("EXCHANGE:SYMBOL",), USAGE),
    ("data verify", ":", ("EXCHANGE:SYMBOL",), USAGE),
    ("data verify", "okx:NOPE", ("okx:NOPE",), USAGE),
    ("data verify", f"{NAME} --from 2025-01-02 --to 2025-01-01", ("--from", "--to"), USAGE),
    ("data verify", f"{NAME} --timeframe 7m", ("--timeframe", "7m"), USAGE),
    ("data export", f"okx:NOPE {FOLDER}/o.csv", ("okx:NOPE",), USAGE),
    ("data export", f"{NAME} {FOLDER}/o.xls", (".xls",), USAGE),
    ("data export", f"{NAME} {FOLDER}/no/where/o.csv", ("where",), FAILED),
    ("data export", f"{NAME} {FOLDER}", ("file",), USAGE),
    ("data download", f"{NAME} --from 2200-01-01", ("--from", "2200"), USAGE),
    ("data download", "mtgox:BTC-USDT --days 1", ("mtgox",), USAGE),
    ("data import-trades", f"/no/file.csv {' '.join(OWN)}", ("/no/file.csv",), USAGE),
    ("data import-trades", f"{FOLDER} {' '.join(OWN)}", ("folder",), FOUND),
    ("data import-trades", f"{FILE} --exchange a:b --symbol X", ("--exchange",), USAGE),
    (
        "data import-trades",
        f"{FILE} {' '.join(OWN)} --columns id=nowhere",
        ("--columns", "id"),
        USAGE,
    ),
    ("data import-trades", f"{FILE} {' '.join(OWN)} --columns colour=red", ("colour",), USAGE),
    ("data import-trades", f"{FILE} {' '.join(OWN)} --columns =", ("--columns",), USAGE),
    ("data import-trades", f"{FILE} {' '.join(OWN)} --delimiter ;;", ("--delimiter",), USAGE),
    (
        "data import-trades",
        f"{FILE} {' '.join(OWN)} --skip-lines 1000000000",
        ("--skip-lines",),
        USAGE,
    ),
    ("strategy run", f"Nope {NAME}", ("Nope",), USAGE),
    ("strategy run", f"/no/strategy.py {NAME}", ("/no/strategy.py",), USAGE),
    ("strategy run", f"EmaCrossover {NAME} --parameters {{", ("--parameters",), USAGE),
    ("strategy run", f"EmaCrossover {NAME} --parameters []", ("--parameters",), USAGE),
    ("strategy run", f'EmaCrossover {NAME} --parameters {{"fast":0}}', ("fast",), USAGE),
    ("strategy run", f'EmaCrossover {NAME} --parameters {{"nope":1}}', ("nope",), USAGE),
    ("strategy run", f'EmaCrossover {NAME} --parameters {{"fast":NaN}}', ("fast",), USAGE),
    ("strategy verify", "Nope", ("Nope",), USAGE),
    ("strategy verify", "EmaCrossover --parameters {", ("--parameters",), USAGE),
    ("strategy verify", f"EmaCrossover --parameters {'[' * 5_000}", ("--parameters",), USAGE),
    ("backtest run", "", ("instrument",), USAGE),
    ("backtest run", NAME, ("strategy",), USAGE),
    ("backtest run", f"{NAME} --strategy Nope --timeframe 1m", ("Nope",), USAGE),
    ("backtest run", "okx:NOPE --strategy EmaCrossover", ("okx:NOPE",), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --capital abc", ("capital",), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --capital inf", ("capital",), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --capital -1", ("capital",), USAGE),
    (
        "backtest run",
        f"{' '.join(BACKTEST)} --timeframe 1m --capital 1e999999",
        ("capital",),
        USAGE,
    ),
    ("backtest run", f"{' '.join(BACKTEST)} --set capital", ("--set", "capital"), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --set nope=1", ("nope",), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --set costs.nope=1", ("nope",), USAGE),
    (
        "backtest run",
        f"{' '.join(BACKTEST)} --timeframe 1m --set latency_ms=1e300",
        ("latency_ms",),
        USAGE,
    ),
    (
        "backtest run",
        f"{' '.join(BACKTEST)} --timeframe 1m --set risk_free=NaN",
        ("risk_free",),
        USAGE,
    ),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --set =1", ("--set",), USAGE),
    ("backtest run", f"{' '.join(BACKTEST)} --timeframe 1m --set ..=1", ("--set",), USAGE),
    ("backtest run", "--config /no/config.json", ("/no/config.json",), USAGE),
    ("backtest run", f"--config {FILE}", ("JSON",), USAGE),
    ("sweep run", " ".join(BACKTEST), ("--vary",), USAGE),
    ("sweep run", f"{' '.join(BACKTEST)} --timeframe 1m --vary fast=", ("fast",), USAGE),
    ("sweep run", f"{' '.join(BACKTEST)} --timeframe 1m --vary nope=1", ("nope",), USAGE),
    ("sweep run", f"{' '.join(BACKTEST)} --timeframe 1m --vary fast=1..1e308:1", ("fast",), USAGE),
    ("sweep run", f"{' '.join(BACKTEST)} {' '.join(VARY)} --heat-map fast", ("--heat-map",), USAGE),
    (
        "sweep run",
        f"{' '.join(BACKTEST)} --timeframe 1m {' '.join(VARY)} --objective nope",
        ("nope",),
        USAGE,
    ),
    (
        "sweep run",
        f"{' '.join(BACKTEST)} --timeframe 1m {' '.join(VARY)} --metric nope",
        ("nope",),
        USAGE,
    ),
    ("backtest walk-forward", f"{' '.join(WALK_FORWARD)} --kind sideways", ("kind",), USAGE),
    ("backtest compare", "1", ("ID",), USAGE),
    ("backtest compare", "1 2", ("1, 2",), USAGE),
    ("backtest compare", f"{'9' * 30} 2", ("ID",), USAGE),
    ("backtest compare", "--metric nope", ("--metric", "nope"), USAGE),
    ("maintenance backup", f"{FOLDER}/no/where.zip", ("where.zip",), FAILED),
    ("maintenance restore", "/no/file.zip", ("/no/file.zip",), USAGE),
    ("maintenance restore", f"{FILE}", ("not a complete backup",), FAILED),
    ("bots", "show nobody", ("nobody",), FAILED),
    ("bots", "create /no/bot.json", ("/no/bot.json",), FAILED),
    ("bots", f"create {FOLDER}", ("irectory",), FAILED),
    ("bots", f"create {FILE}", ("JSON",), USAGE),
    ("bots", "edit kept", ("--set",), USAGE),
    ("bots", "edit kept --set capital", ("--set",), USAGE),
    ("bots", "edit kept --set capital=abc", ("capital",), USAGE),
    ("bots", "edit kept --set nope=1", ("nope",), USAGE),
    ("bots", "edit nobody --set capital=1", ("nobody",), FAILED),
    ("bots", "rollback kept 99", ("99",), FAILED),
    ("bots", f"rollback kept {'9' * 30}", ("VERSION",), USAGE),
    ("bots", "clone kept kept", ("kept",), FAILED),
    ("bots", "clone kept A_B", ("A_B",), USAGE),
    ("bots", "start", ("BOT",), USAGE),
    ("bots", "start nobody", ("nobody",), FAILED),
    ("bots", "pause kept", ("kept",), FAILED),
    ("bots", f"start kept --reason {'x' * 20_000}", ("reason",), USAGE),
    ("bots", "nope", ("nope",), USAGE),
    ("alerts", "acknowledge nope host", ("nope",), FAILED),
    ("alerts", f"mute disk-low host --reason {'x' * 20_000}", ("reason",), USAGE),
    ("alerts", "test nope", ("channel", "nope"), USAGE),
    ("alerts", "nope", ("nope",), USAGE),
    ("users", "add Alice_!", ("name",), USAGE),
    ("users", "add admin", ("admin",), USAGE),
    ("users", "add alice", ("password",), USAGE),
    ("users", "role nobody viewer", ("nobody",), USAGE),
    ("users", "role nobody king", ("king",), USAGE),
    ("users", "remove nobody", ("nobody",), USAGE),
    ("users", "revoke nothing", ("nothing",), USAGE),
    ("users", f"token {'x' * 200}", ("name",), USAGE),
    ("services simulator", "--host 0.0.0.0", ("--host",), USAGE),
    ("services simulator", "--instruments FOO", ("FOO",), USAGE),
    ("services simulator", "--port 99999", ("port",), USAGE),
    ("services simulator", "--tape /no/tape.csv --symbol A-B", ("/no/tape.csv",), USAGE),
    ("services simulator", f"--faults {FILE}", ("faults",), USAGE),
    ("services simulator", "--faults /no/faults.json", ("/no/faults.json",), USAGE),
    ("services simulator", "--capture /no/capture.zip", ("/no/capture.zip",), USAGE),
    ("services collectors", "--only nope", ("--only", "nope"), USAGE),
)


def _rows_by_hand() -> Iterator[BadCommand]:
    for command, arguments, names, code in _BY_HAND:
        shown = arguments if len(arguments) <= 90 else f"{arguments[:60]}... ({len(arguments)})"
        yield BadCommand(f"{command} {shown}", command, tuple(arguments.split()), names, code)


COMMANDS = [*_option_rows(), *_rows_by_hand()]
NAMES = dict.fromkeys(row.command for row in COMMANDS)
