"""Validation of parameters: values out of bounds are refused, naming the field."""

from datetime import timedelta
from decimal import Decimal

from bot_manager.errors import InvalidParameter
from utils.bounds import check_decimal

PPM_DECIMALS = 6
_LONGEST_WAIT = timedelta(days=366)


def require(
    field: str,
    value: Decimal | None,
    *,
    above: str = "-Infinity",
    low: str = "-Infinity",
    high: str = "Infinity",
    below: str = "Infinity",
    decimals: int = PPM_DECIMALS,
) -> None:
    """Raise InvalidParameter for a number out of bounds or with too many decimals."""
    if value is None:
        return
    if not value.is_finite():
        raise InvalidParameter(field, f"must be a number, was {value}")
    inside = Decimal(low) <= value <= Decimal(high) and Decimal(above) < value < Decimal(below)
    if not inside:
        floor = f"above {above}" if low == "-Infinity" else f"at least {low}"
        ceiling = f"below {below}" if high == "Infinity" else f"at most {high}"
        raise InvalidParameter(field, f"must be {floor} and {ceiling}, was {value}")
    if value != round(value, decimals):
        raise InvalidParameter(field, f"must have at most {decimals} decimals, was {value}")


def require_positive(field: str, value: Decimal) -> None:
    """Raise InvalidParameter unless an amount is above 0 and countable."""
    if not (value.is_finite() and value > 0):
        raise InvalidParameter(field, f"must be above 0, was {value}")
    require_countable(field, value)


def require_countable(field: str, value: Decimal) -> None:
    """Raise InvalidParameter for an amount with more digits than any account can count."""
    try:
        check_decimal(value)
    except ValueError as error:
        raise InvalidParameter(field, f"{error}, was {value}") from None


def require_wait(field: str, wait: timedelta) -> None:
    """Raise InvalidParameter for a wait that is negative or longer than 366 days."""
    if not timedelta(0) <= wait <= _LONGEST_WAIT:
        raise InvalidParameter(field, f"must be from 0 to {_LONGEST_WAIT.days} days, was {wait}")
