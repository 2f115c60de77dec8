"""Bad command lines of every script: options with what their kinds refuse, wrong arguments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import typer

FILE, FOLDER = "@file", "@folder"
"""Stand for a file of good trades, and an empty folder, of the test's own."""

USAGE, FOUND, FAILED = 2, 1, 4


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A script's words, the code that it ends with, and what its error stream must name."""

    id: str
    script: str
    arguments: tuple[str, ...]
    names: tuple[str, ...] = ()
    code: int = USAGE
    typed: str = ""
    variables: dict[str, str] = field(default_factory=dict)


NAME = "okx:BTC-USDT"
OWN = ("--exchange", "kraken", "--symbol", "XBT-USDT")
BACKTEST = (NAME, "--strategy", "EmaCrossover")
VARY = ("--vary", "fast=5..50:5")
WALK = (*BACKTEST, *VARY, "--train-days", "10", "--test-days", "5")

# Scripts and what they need beside the option that is wrong; subcommands come first.
GOOD: dict[tuple[str, ...], tuple[str, ...]] = {
    ("verify_candles",): (NAME,),
    ("export_candles",): (NAME, f"{FOLDER}/out.csv"),
    ("download_history",): (NAME,),
    ("import_trades",): (FILE, *OWN),
    ("import_candles",): (FILE, *OWN, "--timeframe", "1m"),
    ("run_strategy",): ("EmaCrossover", NAME),
    ("verify_strategy",): ("EmaCrossover",),
    ("run_backtest",): BACKTEST,
    ("run_sweep",): (*BACKTEST, *VARY),
    ("run_walk_forward",): WALK,
    ("compare_backtests",): (),
    ("verify_bot",): ("kept",),
    ("apply_retention",): (),
    ("backup",): (f"{FOLDER}/out.zip",),
    ("restore",): (FILE,),
    ("database_status",): (),
    ("timescale",): (),
    ("check_health",): (),
    ("start_simulator",): (),
    ("start_collectors",): (),
    ("start_dashboard",): (),
    ("alerts", "list"): (),
    ("alerts", "mute"): ("disk-low", "host"),
    ("alerts", "acknowledge"): ("disk-low", "host"),
    ("users", "add"): ("alice",),
    ("users", "token"): ("grafana",),
    ("bots", "list"): (),
    ("bots", "rollback"): ("kept", "1"),
    ("bots", "kill"): ("kept",),
}
# These make a directory, or say that nothing runs in it.
MAKES_DATA = (
    "check_health", "download_history", "import_candles", "import_trades", "restore", "users",
)  # fmt: skip
SPANS = {
    "--from": ("noon", "2025-13-01", "9999-12-31T23:59-14:00", "0001-01-01", "1e308", "nan", ""),
    "--to": ("noon", "2025-02-30", "1969-12-31", "-1"),
}
WHOLE = ("abc", "1.5", "nan", "inf", "1e3", "9" * 30, "-1")
NUMBERS = ("abc", "nan", "inf", "1e308", "-1", "9" * 400)


def _option_rows() -> Iterator[BadCommand]:
    for (script, *sub), good in GOOD.items():
        command: Any = typer.main.get_command(import_module(f"scripts.{script}").app)
        for name in sub:
            command = command.commands[name]
        place = " ".join((script, *sub))
        for option in command.params:
            for flag, text in _wrong(script, option):
                shown = text if len(text) <= 30 else f"{text[:10]} ({len(text)})"
                arguments = (*sub, *good, flag, text)
                yield BadCommand(f"{place} {flag} {shown}", script, arguments, (flag,))
        unknown = (*sub, *good, "--surprise")
        yield BadCommand(f"{place} --surprise", script, unknown, ("--surprise",))
        if any(each.param_type_name == "argument" and each.required for each in command.params):
            yield BadCommand(f"{place} without arguments", script, tuple(sub), ("argument",))


def _wrong(script: str, option: Any) -> Iterator[tuple[str, str]]:
    flag, kind = option.opts[0], str(option.display_type(None))
    if flag in SPANS:
        texts = SPANS[flag]
    elif not flag.startswith("--"):
        texts = ()
    elif flag == "--data-dir":
        texts = () if script in MAKES_DATA else (f"{FOLDER}/missing",)
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
    # script, its words, what must be named, code
    ("verify_candles", "BTC-USDT", ("EXCHANGE:SYMBOL", "BTC-USDT"), USAGE),
    ("verify_candles", "a:b:c", ("EXCHANGE:SYMBOL",), USAGE),
    ("verify_candles", ":", ("EXCHANGE:SYMBOL",), USAGE),
    ("verify_candles", "okx:NOPE", ("okx:NOPE",), USAGE),
    ("verify_candles", f"{NAME} --from 2025-01-02 --to 2025-01-01", ("--from", "--to"), USAGE),
    ("verify_candles", f"{NAME} --timeframe 7m", ("--timeframe", "7m"), USAGE),
    ("export_candles", f"okx:NOPE {FOLDER}/o.csv", ("okx:NOPE",), USAGE),
    ("export_candles", f"{NAME} {FOLDER}/o.xls", (".xls",), USAGE),
    ("export_candles", f"{NAME} {FOLDER}/no/where/o.csv", ("where",), FAILED),
    ("export_candles", f"{NAME} {FOLDER}", ("file",), USAGE),
    ("download_history", f"{NAME} --from 2200-01-01", ("--from", "2200"), USAGE),
    ("download_history", "mtgox:BTC-USDT --days 1", ("mtgox",), USAGE),
    ("import_trades", f"/no/file.csv {' '.join(OWN)}", ("/no/file.csv",), USAGE),
    ("import_trades", f"{FOLDER} {' '.join(OWN)}", ("folder",), FOUND),
    ("import_trades", f"{FILE} --exchange a:b --symbol X", ("--exchange",), USAGE),
    ("import_trades", f"{FILE} {' '.join(OWN)} --columns id=nowhere", ("--columns", "id"), USAGE),
    ("import_trades", f"{FILE} {' '.join(OWN)} --columns colour=red", ("colour",), USAGE),
    ("import_trades", f"{FILE} {' '.join(OWN)} --columns =", ("--columns",), USAGE),
    ("import_trades", f"{FILE} {' '.join(OWN)} --delimiter ;;", ("--delimiter",), USAGE),
    ("import_trades", f"{FILE} {' '.join(OWN)} --skip-lines 1000000000", ("--skip-lines",), USAGE),
    ("run_strategy", f"Nope {NAME}", ("Nope",), USAGE),
    ("run_strategy", f"/no/strategy.py {NAME}", ("/no/strategy.py",), USAGE),
    ("run_strategy", f"EmaCrossover {NAME} --parameters {{", ("--parameters",), USAGE),
    ("run_strategy", f"EmaCrossover {NAME} --parameters []", ("--parameters",), USAGE),
    ("run_strategy", f'EmaCrossover {NAME} --parameters {{"fast":0}}', ("fast",), USAGE),
    ("run_strategy", f'EmaCrossover {NAME} --parameters {{"nope":1}}', ("nope",), USAGE),
    ("run_strategy", f'EmaCrossover {NAME} --parameters {{"fast":NaN}}', ("fast",), USAGE),
    ("verify_strategy", "Nope", ("Nope",), USAGE),
    ("verify_strategy", "EmaCrossover --parameters {", ("--parameters",), USAGE),
    ("verify_strategy", f"EmaCrossover --parameters {'[' * 5_000}", ("--parameters",), USAGE),
    ("run_backtest", "", ("instrument",), USAGE),
    ("run_backtest", NAME, ("strategy",), USAGE),
    ("run_backtest", f"{NAME} --strategy Nope --timeframe 1m", ("Nope",), USAGE),
    ("run_backtest", "okx:NOPE --strategy EmaCrossover", ("okx:NOPE",), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --capital abc", ("capital",), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --capital inf", ("capital",), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --capital -1", ("capital",), USAGE),
    (
        "run_backtest",
        f"{' '.join(BACKTEST)} --timeframe 1m --capital 1e999999",
        ("capital",),
        USAGE,
    ),
    ("run_backtest", f"{' '.join(BACKTEST)} --set capital", ("--set", "capital"), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --set nope=1", ("nope",), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --set costs.nope=1", ("nope",), USAGE),
    (
        "run_backtest",
        f"{' '.join(BACKTEST)} --timeframe 1m --set latency_ms=1e300",
        ("latency_ms",),
        USAGE,
    ),
    (
        "run_backtest",
        f"{' '.join(BACKTEST)} --timeframe 1m --set risk_free=NaN",
        ("risk_free",),
        USAGE,
    ),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --set =1", ("--set",), USAGE),
    ("run_backtest", f"{' '.join(BACKTEST)} --timeframe 1m --set ..=1", ("--set",), USAGE),
    ("run_backtest", "--config /no/config.json", ("/no/config.json",), USAGE),
    ("run_backtest", f"--config {FILE}", ("JSON",), USAGE),
    ("run_sweep", " ".join(BACKTEST), ("--vary",), USAGE),
    ("run_sweep", f"{' '.join(BACKTEST)} --timeframe 1m --vary fast=", ("fast",), USAGE),
    ("run_sweep", f"{' '.join(BACKTEST)} --timeframe 1m --vary nope=1", ("nope",), USAGE),
    ("run_sweep", f"{' '.join(BACKTEST)} --timeframe 1m --vary fast=1..1e308:1", ("fast",), USAGE),
    ("run_sweep", f"{' '.join(BACKTEST)} {' '.join(VARY)} --heat-map fast", ("--heat-map",), USAGE),
    (
        "run_sweep",
        f"{' '.join(BACKTEST)} --timeframe 1m {' '.join(VARY)} --objective nope",
        ("nope",),
        USAGE,
    ),
    (
        "run_sweep",
        f"{' '.join(BACKTEST)} --timeframe 1m {' '.join(VARY)} --metric nope",
        ("nope",),
        USAGE,
    ),
    ("run_walk_forward", f"{' '.join(WALK)} --kind sideways", ("kind",), USAGE),
    ("compare_backtests", "1", ("ID",), USAGE),
    ("compare_backtests", "1 2", ("1, 2",), USAGE),
    ("compare_backtests", f"{'9' * 30} 2", ("ID",), USAGE),
    ("compare_backtests", "--metric nope", ("--metric", "nope"), USAGE),
    ("backup", f"{FOLDER}/no/where.zip", ("where.zip",), FAILED),
    ("restore", "/no/file.zip", ("/no/file.zip",), USAGE),
    ("restore", f"{FILE}", ("no whole back-up",), FAILED),
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
    ("start_simulator", "--host 0.0.0.0", ("--host",), USAGE),
    ("start_simulator", "--instruments FOO", ("FOO",), USAGE),
    ("start_simulator", "--port 99999", ("port",), USAGE),
    ("start_simulator", "--tape /no/tape.csv --symbol A-B", ("/no/tape.csv",), USAGE),
    ("start_simulator", f"--faults {FILE}", ("faults",), USAGE),
    ("start_simulator", "--faults /no/faults.json", ("/no/faults.json",), USAGE),
    ("start_simulator", "--capture /no/capture.zip", ("/no/capture.zip",), USAGE),
    ("start_collectors", "--only nope", ("--only", "nope"), USAGE),
)


def _rows_by_hand() -> Iterator[BadCommand]:
    for script, arguments, names, code in _BY_HAND:
        shown = arguments if len(arguments) <= 90 else f"{arguments[:60]}... ({len(arguments)})"
        yield BadCommand(f"{script} {shown}", script, tuple(arguments.split()), names, code)


COMMANDS = [*_option_rows(), *_rows_by_hand()]
SCRIPTS = dict.fromkeys(row.script for row in COMMANDS)
