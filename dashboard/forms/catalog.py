"""The strategies that a form offers, each with the fields of its parameters. Pure."""

from collections.abc import Iterable
from typing import Any

from dashboard.forms.config_form import strategy_fields
from strategies.status import StrategyFile
from utils.codec import decode


def strategy_choices(files: Iterable[StrategyFile]) -> list[dict[str, Any]]:
    """Return every strategy of these files."""
    return [
        {
            "name": facts.name,
            "title": facts.title or facts.name,
            "description": facts.description.partition("\n")[0],
            "fields": strategy_fields(decode(dict, facts.parameters)),
        }
        for file in files
        for facts in file.strategies
    ]
