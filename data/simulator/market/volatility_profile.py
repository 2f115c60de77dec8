"""The volatility profiles of the synthetic market's instruments."""

from dataclasses import dataclass
from decimal import Decimal

from data.simulator.market.listing import InstrumentType, ListedInstrument


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityProfile:
    """The volatility profile of one instrument.

    `beta` is its share in the moves of the whole market, `own_volatility` the daily rest; `path`
    names the price path, which a spot pair and its swap share, `premium` apart. `typical_size` is
    the median size of a match in base currency or contracts.
    """

    listing: ListedInstrument
    path: str
    start_price: float
    beta: float
    own_volatility: float
    matches_per_s: float
    typical_size: float
    wide_spread: int
    first_id: int
    premium: float = 0.0


MARKET_VOLATILITY = 0.017


def _spot(base: str, code: int, price: int, size: int, minimum: str) -> ListedInstrument:
    return ListedInstrument(
        inst_id=f"{base}-USDT",
        kind=InstrumentType.SPOT,
        base=base,
        quote="USDT",
        price_decimals=price,
        size_decimals=size,
        min_lots=int(Decimal(minimum).scaleb(size)),
        code=code,
    )


def _swap(base: str, code: int, price: int, contract: str) -> ListedInstrument:
    return ListedInstrument(
        inst_id=f"{base}-USDT-SWAP",
        kind=InstrumentType.SWAP,
        base=base,
        quote="USDT",
        price_decimals=price,
        size_decimals=2,
        contract_value=Decimal(contract),
        code=code,
    )


VOLATILITY_PROFILES = (
    VolatilityProfile(
        listing=_spot("BTC", 3, price=1, size=8, minimum="0.00001"),
        path="BTC", start_price=92_000, beta=1.0, own_volatility=0.008, matches_per_s=4.0,
        typical_size=0.0035, wide_spread=8, first_id=880_000_000,
    ),
    VolatilityProfile(
        listing=_spot("ETH", 4, price=2, size=6, minimum="0.0001"),
        path="ETH", start_price=3_150, beta=1.25, own_volatility=0.014, matches_per_s=2.4,
        typical_size=0.06, wide_spread=8, first_id=610_000_000,
    ),
    VolatilityProfile(
        listing=_spot("SOL", 1514, price=2, size=6, minimum="0.01"),
        path="SOL", start_price=142, beta=1.35, own_volatility=0.021, matches_per_s=1.1,
        typical_size=1.6, wide_spread=2, first_id=240_000_000,
    ),
    VolatilityProfile(
        listing=_spot("DOGE", 988, price=5, size=6, minimum="10"),
        path="DOGE", start_price=0.162, beta=1.3, own_volatility=0.026, matches_per_s=0.3,
        typical_size=850, wide_spread=4, first_id=96_000_000,
    ),
    VolatilityProfile(
        listing=_swap("BTC", 10459, price=1, contract="0.01"),
        path="BTC", start_price=92_000, beta=1.0, own_volatility=0.008, matches_per_s=6.0,
        typical_size=2.5, wide_spread=4, first_id=1_400_000_000, premium=0.0003,
    ),
    VolatilityProfile(
        listing=_swap("ETH", 10461, price=2, contract="0.1"),
        path="ETH", start_price=3_150, beta=1.25, own_volatility=0.014, matches_per_s=3.5,
        typical_size=6.0, wide_spread=4, first_id=1_100_000_000, premium=0.0004,
    ),
)  # fmt: skip
