"""Find out whether a strategy looks ahead, remembers what it should not, or throws dice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.exits import ExitCode, plain_failures
from scripts.option_values import MAX_SEED, json_object
from strategies.base import Strategy
from strategies.factory import StrategyBook, load_strategies
from strategies.parameters import build_model
from strategies.user_files import StrategySource
from strategies.verification import Check, Finding, Report, answers_digest, verify
from utils.errors import ConfigError

PROCESSES = 2
_EXAMPLE = "Example: uv run scripts/verify_strategy.py user_strategies/my_first.py"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def sources_of(target: str, folder: Path) -> tuple[list[StrategySource], list[str]]:
    """Return the strategies a file name or a strategy's name stands for, and what is wrong."""
    path = Path(target)
    if path.suffix == ".py":
        if not path.is_file():
            raise ConfigError(target, problem="is no file")
        return _in_file(load_strategies(path.parent), path)
    book = load_strategies(folder)
    if target not in book.sources:
        book.create(target, {})
    return [book.sources[target]], []


def _in_file(book: StrategyBook, path: Path) -> tuple[list[StrategySource], list[str]]:
    loaded = [file for file in book.files if file.path == path]
    sources = [source for file in loaded for source in file.sources]
    return sources, [str(problem) for problem in book.problems if problem.path == path]


def report_of(source: StrategySource, parameters: dict[str, Any], seed: int) -> Report:
    """Verify one strategy, in this process and in others."""

    def make() -> Strategy:
        return build_model(source.kind, parameters, source=f"strategy {source.name}")

    report = verify(make, source.path.read_text(encoding="utf-8"), seed=seed)
    if not report.passed:
        return report
    target = source.name if source.built_in else str(source.path)
    question = [target, "--parameters", json.dumps(parameters), "--seed", str(seed)]
    answer = answers_digest(make, seed)
    return Report(report.strategy, (*report.checks, _check_processes(question, answer)))


def _check_processes(question: list[str], answer: str) -> Check:
    """Ask other processes for the digests of their answers, and look for ours."""
    command = [sys.executable, __file__, *question, "--digest"]
    others = [
        subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        for _ in range(PROCESSES)
    ]
    different = sum(answer not in other for other in others)
    findings = (Finding(f"{different} of {PROCESSES} decide otherwise"),) if different else ()
    return Check("processes", "other processes decide the same", PROCESSES, findings)


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
    digest: Annotated[bool, typer.Option("--digest", hidden=True)] = False,
) -> None:
    """Try a strategy in every way that betrays one; exit with 1 if something is found."""
    with plain_failures():
        chosen = json_object("--parameters", parameters)
        sources, problems = sources_of(target, folder)
        for problem in problems:
            typer.secho(problem, err=True, fg="red")
        if digest:
            typer.echo("\n".join(_digest(source, chosen, seed) for source in sources))
            return
        reports = [report_of(source, chosen, seed) for source in sources]
        for line in (line for report in reports for line in report.lines()):
            typer.echo(line)
    if problems or not all(report.passed for report in reports):
        raise typer.Exit(ExitCode.FOUND)


def _digest(source: StrategySource, parameters: dict[str, Any], seed: int) -> str:
    return answers_digest(lambda: source.kind.model_validate(parameters), seed)


if __name__ == "__main__":
    app()
