"""Validates the form of a bot: returns its configuration, or problems at its fields. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.errors import NameTaken, UnknownInstrument
from dashboard.bots.form import config_fields
from dashboard.forms.config_form import config_values
from dashboard.forms.validation import (
    Problem,
    chosen_strategy,
    missing_fields,
    non_default_parameters,
    parameter_fields_by_name,
    parameter_problems,
    problem_of,
)
from data import InstrumentId
from strategies.status import StrategyFile
from utils.errors import ConfigError

REQUIRED_FIELDS = ("name", "instrument")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class CheckedBot:
    """A configuration, or the problems of the form."""

    config: BotConfig | None
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class ExistingNames:
    """The known instruments by name, and the bot names that are taken."""

    instruments: Collection[str]
    names: Collection[str] = ()


def check_bot(
    given: Mapping[str, str], files: Iterable[StrategyFile], existing: ExistingNames
) -> CheckedBot:
    """Validate the whole form."""
    chosen = chosen_strategy(given, files)
    if isinstance(chosen, Problem):
        return CheckedBot(None, [chosen])
    fields = parameter_fields_by_name(chosen)
    missing = missing_fields(given, REQUIRED_FIELDS)
    problems = [*missing, *_name_problems(given), *_reference_problems(given, existing)]
    problems += parameter_problems(given, fields)
    if any(problem.field in REQUIRED_FIELDS for problem in problems):
        return CheckedBot(None, problems)
    values = config_values(given, {**config_fields(), **fields})
    values["parameters"] = non_default_parameters(values.get("parameters", {}), fields)
    try:
        config = read_bot(values)
    except ConfigError as error:
        return CheckedBot(None, [*problems, problem_of(error)])
    return CheckedBot(None if problems else config, problems)


def _reference_problems(given: Mapping[str, str], existing: ExistingNames) -> Iterator[Problem]:
    """Yield a problem for an unknown instrument and for a bot name that is taken."""
    name, instrument = given.get("name", "").strip(), given.get("instrument", "").strip()
    if name in existing.names:
        yield Problem("name", str(NameTaken(name)))
    if not instrument:
        return
    try:
        is_known = str(InstrumentId.parse(instrument)) in existing.instruments
    except ValueError as error:
        yield Problem("instrument", str(error))
        return
    if not is_known:
        yield Problem("instrument", str(UnknownInstrument(instrument)))


def _name_problems(given: Mapping[str, str]) -> list[Problem]:
    """Return the problem of a name that does not fit the pattern of names."""
    name = given.get("name", "").strip()
    if not name or _NAME.fullmatch(name):
        return []
    text = "must have at most 60 lower-case letters, digits and dashes, the first not a dash"
    return [Problem("name", f"{text}; was {name[:80]!r}")]
