"""Values of queries and addresses, validated before anything is read.

Every function raises InvalidValue, naming the parameter, what is allowed and what was given.
"""

from collections.abc import Collection, Mapping

from data.errors import InvalidValue
from utils.bounds import MAX_INT, check_line, shortened

MAX_TEXT = 200


def text(query: Mapping[str, str], name: str, *, max_length: int = MAX_TEXT) -> str:
    """Return a query parameter of one line; "" if it is missing."""
    try:
        return check_line(query.get(name, ""), max_length=max_length)
    except ValueError as error:
        raise InvalidValue(f"{name} {error}, was {shortened(query[name])}") from error


def one_of(query: Mapping[str, str], name: str, allowed: Collection[str], default: str) -> str:
    """Return a query parameter that must be one of the allowed texts."""
    given = query.get(name) or default
    if given not in allowed:
        raise InvalidValue(f"{name} must be one of {', '.join(allowed)}, was {shortened(given)}")
    return given


def whole_number(name: str, given: str) -> int:
    """Return a whole number of at least 0."""
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MAX_INT))
    if not is_number or int(given) > MAX_INT:
        raise InvalidValue(f"{name} must be a whole number up to {MAX_INT}, was {shortened(given)}")
    return int(given)
