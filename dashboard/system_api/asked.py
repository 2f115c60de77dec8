"""Words and numbers of a question's address."""

from starlette.datastructures import QueryParams

from data.errors import InvalidValue

LONGEST_TEXT = 200


def text(asked: QueryParams, name: str) -> str:
    """Return a word, cut to a length; none: empty."""
    return asked.get(name, "")[:LONGEST_TEXT]


def number(
    asked: QueryParams, name: str, default: float, most: float, least: float = 0.01
) -> float:
    """Return a number from `least` to `most`. Raises InvalidValue."""
    given = asked.get(name, "")
    try:
        value = float(given) if given else float(default)
    except ValueError as error:
        raise InvalidValue(f"{name} must be a number, was {given[:40]!r}") from error
    # Not a number lies nowhere.
    if not least <= value <= most:
        raise InvalidValue(f"{name} must be from {least:g} to {most:g}, was {given[:40]!r}")
    return value
