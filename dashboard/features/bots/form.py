"""The form of a bot: its sections, and the configuration or problems of its texts. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot_manager.domain.config import BotConfig, read_bot
from bot_manager.errors import NameTaken, UnknownInstrument
from dashboard.forms.config_form import Field, Sections, fields_of, sections_of
from dashboard.forms.validation import (
    CheckedForm,
    Problem,
    chosen_strategy,
    missing_fields,
    parameter_fields_by_name,
    parameter_problems,
    read_form,
    strategy_config_values,
)
from data import InstrumentId
from strategies.strategy_files import StrategyFile

# The strategy has a form of its own for its parameters.
EXCLUDED = ("strategy", "parameters")
REQUIRED_FIELDS = ("name", "instrument")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SECTIONS: Sections = (
    ("Bot", ("name",)),
    ("Market", ("instrument", "timeframe")),
    ("Money", ("capital", "sizing.rule", "sizing.amount", "leverage", "min_notional")),
    ("Costs", ("costs.maker_fee", "costs.taker_fee", "costs.slippage_bps")),
    ("Exits", ("exits.stop_loss_bps", "exits.take_profit_bps", "exits.trailing_stop_bps")),
    (
        "Protections",
        ("protections.max_drawdown", "protections.daily_loss", "protections.cool_down_s"),
    ),
    ("Execution", ("latency_ms", "enter_on_start", "allow_unverified")),
)


def config_fields() -> dict[str, Field]:
    """Return every field of a configuration by its dotted name."""
    return fields_of(BotConfig.model_json_schema(), exclude=EXCLUDED)


def sections() -> list[dict[str, Any]]:
    """Return the form: titles, each with its fields."""
    return sections_of(SECTIONS, config_fields())


@dataclass(frozen=True, slots=True)
class ExistingNames:
    """The instruments whose kind and steps are stored, and the bot names that are taken."""

    instruments: Collection[str]
    names: Collection[str] = ()


def check_bot(
    given: Mapping[str, str], files: Iterable[StrategyFile], existing: ExistingNames
) -> CheckedForm[BotConfig]:
    """Validate the whole form."""
    chosen = chosen_strategy(given, files)
    fields: dict[str, Field] = {}
    problems = missing_fields(given, REQUIRED_FIELDS)
    problems += [*_name_problems(given), *_reference_problems(given, existing)]
    if isinstance(chosen, Problem):
        problems.insert(0, chosen)
    else:
        fields = parameter_fields_by_name(chosen)
        problems += parameter_problems(given, fields)
    return read_form(read_bot, strategy_config_values(given, config_fields(), fields), problems)


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
