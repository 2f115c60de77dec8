"""Groups of options that several commands share: dataclasses, whose fields are the options."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import wraps
from typing import Any


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command for typer: in place of a parameter that is a dataclass, it has its fields.

    The command itself is called with the dataclass.
    """
    parameters = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {
        name: parameter.annotation
        for name, parameter in parameters.items()
        if is_dataclass(parameter.annotation)
    }

    @wraps(command)
    def called(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field: given.pop(field) for field in _fields(group)})
        command(**given)

    options = _expanded(parameters.values(), groups)
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        # By name, so that one without a default may follow one that has one.
        [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options]
    )
    return called


def _fields(group: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(group, eval_str=True).parameters)


def _expanded(parameters: Any, groups: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for parameter in parameters:
        group = groups.get(parameter.name)
        yield from [parameter] if group is None else _fields(group).values()
