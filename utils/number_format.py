"""Format numbers as text: amounts of money, and counts with their nouns. Pure.

An amount has as many decimals as its currency and its size need. `dashboard/web/core/format.js`
follows the same rules; `tests/money_cases.py` checks both.
"""

from decimal import ROUND_HALF_UP, Decimal

# Fiat and stablecoins move in steps of 0.01, all else in 1e-8, as on exchanges.
CASH = frozenset(
    {
        "AED", "AUD", "BRL", "CAD", "CHF", "DAI", "EUR", "EURC", "EURT", "FDUSD", "GBP", "HKD",
        "JPY", "KRW", "PYUSD", "RUB", "SGD", "TRY", "TUSD", "USD", "USDC", "USDD", "USDE", "USDG",
        "USDP", "USDS", "USDT", "ZAR",
    }
)  # fmt: skip
MIN_DECIMALS = 2
# An amount below half a unit of it is rounding noise.
MAX_DECIMALS = 12
# An amount shows at least 3 significant digits, and at most 10 where the steps are finer.
MIN_SIGNIFICANT_DIGITS = 3
MAX_SIGNIFICANT_DIGITS = 10
_STEP_DECIMALS = 8


def format_money(value: Decimal | float, currency: str) -> str:
    """Format an amount, such as `-1,234.50` of USDT and `-0.00236921` of BTC.

    `currency` is the quote currency's code; "" if unknown: then the steps of a coin apply.
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return str(value)
    decimals = money_decimals(exact, currency)
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    whole, _, fraction = f"{abs(rounded):,f}".partition(".")
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole}.{fraction.rstrip('0').ljust(MIN_DECIMALS, '0')}"


def money_decimals(value: Decimal, currency: str) -> int:
    """Return how many decimals an amount needs, trailing zeros included."""
    step = MIN_DECIMALS if currency in CASH else _STEP_DECIMALS
    exponent = value.adjusted() if value else 0
    most = max(MIN_DECIMALS, min(step, MAX_SIGNIFICANT_DIGITS - 1 - exponent))
    return min(MAX_DECIMALS, max(most, MIN_SIGNIFICANT_DIGITS - 1 - exponent))


def count(number: int, noun: str) -> str:
    """Format a number with its noun: `1 gap`, `1,200 gaps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
