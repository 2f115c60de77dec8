"""Random accounts, tapes, candles, targets and commands, and their folds by both accounts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

import numpy as np
from hypothesis import strategies as st

from bot_manager.trading.account import opening_state
from bot_manager.trading.codes import AccountCommand, AccountStatus, OrderReason, OrderRefusal
from bot_manager.trading.columns import CandleColumns, TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import FoldResult, fold_candles, fold_trades, mark_end
from bot_manager.trading.parameters import (
    AccountParameters,
    Costs,
    EquityFraction,
    ExitLevels,
    Protections,
    QuoteAmount,
    RiskPerTrade,
    Sizing,
)
from bot_manager.trading.rows import RowArray
from bot_manager.trading.tables import COMMANDS, TARGETS
from bot_manager.trading.units import MONEY_LIMIT, Scales
from data import Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe
from tests.laws.decimal_account import Deal, DecimalAccount, Mark

SECOND = 1_000_000
MINUTE = 60 * SECOND
START = 20_000 * 86_400 * SECOND - 20 * MINUTE
"""Shortly before a midnight, so that days turn within short tapes."""

Print = tuple[int, int, int, int]
"""Time, trade id, price and size in units."""
Ohlc = tuple[int, int, int, int, int]
"""Opening time, open, high, low and close."""


def _instrument(kind: InstrumentKind, tick: str, lot: str, least: str, worth: str) -> Instrument:
    return Instrument(
        id=InstrumentId("law", "A-B"),
        kind=kind,
        state=InstrumentState.LIVE,
        base="A",
        quote="B",
        price_step=Decimal(tick),
        size_step=Decimal(lot),
        min_size=Decimal(least),
        contract_value=None if kind is InstrumentKind.SPOT else Decimal(worth),
        contract_currency="A",
    )


INSTRUMENTS = [
    _instrument(InstrumentKind.SPOT, "0.1", "0.00000001", "0.00001", "1"),
    _instrument(InstrumentKind.SPOT, "0.5", "0.1", "1", "1"),
    _instrument(InstrumentKind.SWAP, "0.1", "0.01", "0.01", "0.01"),
    _instrument(InstrumentKind.SWAP, "0.01", "0.01", "0.01", "10"),
    _instrument(InstrumentKind.SWAP, "1", "0.1", "0.1", "0.5"),
]


@dataclass(frozen=True)
class Case:
    """One account with its targets and commands."""

    instrument: Instrument
    parameters: AccountParameters
    scales: Scales
    targets: list[tuple[int, int]] = field(default_factory=list)
    commands: list[tuple[int, int, str]] = field(default_factory=list)
    timeframe: Timeframe = Timeframe.M1

    @property
    def span(self) -> int:
        """Return the length of its candles."""
        return self.timeframe.seconds * SECOND

    def row(self) -> RowArray:
        """Return the parameters as rows of the kernel."""
        return encode(self.parameters, self.instrument, self.scales, self.timeframe)

    def model(self) -> DecimalAccount:
        """Return the account in plain Python."""
        return DecimalAccount(
            parameters=self.parameters,
            instrument=self.instrument,
            price_grid=self.scales.price(1),
            money_step=self.scales.money(1),
            money_limit=self.scales.money(MONEY_LIMIT),
            mark_every=self.span,
            targets=self.targets,
            commands=self.commands,
        )

    def target_rows(self) -> RowArray:
        """Return the targets as rows of the kernel."""
        return np.array(self.targets, TARGETS)

    def command_rows(self) -> RowArray:
        """Return the commands as rows of the kernel."""
        rows = [
            (0, sequence, time, trade_id, AccountCommand[name])
            for sequence, (time, trade_id, name) in enumerate(self.commands)
        ]
        return np.array(rows, COMMANDS)


def _shares(*usual: str, least: str = "0.000001", most: str) -> st.SearchStrategy[Decimal]:
    """Draw usual values mostly, any value sometimes."""
    anything = st.decimals(least, most, places=6)
    return st.sampled_from([*map(Decimal, usual)] * 2 + [None]).flatmap(
        lambda value: anything if value is None else st.just(value)
    )


_SIZINGS: st.SearchStrategy[Sizing] = st.one_of(
    st.builds(EquityFraction, fraction=_shares("1", "1", "0.5", most="1")),
    st.builds(
        QuoteAmount, amount=st.sampled_from([Decimal(300), Decimal(500), Decimal(3000), Decimal(3)])
    ),
)
_WITH_RISK = st.one_of(_SIZINGS, st.builds(RiskPerTrade, fraction=_shares("0.02", "0.3", most="1")))
_COSTS = st.builds(
    Costs,
    maker_fee=_shares("0", "0.0008", "-0.0001", least="-0.001", most="0.002"),
    taker_fee=_shares("0", "0.001", least="0", most="0.01"),
    slippage_bps=st.sampled_from([Decimal(0), Decimal(0), Decimal("2.5"), Decimal("150.01")]),
)
_EXITS = st.builds(
    ExitLevels,
    stop_loss=st.none() | _shares("0.01", "0.03", "0.1", most="0.3"),
    take_profit=st.none() | _shares("0.01", "0.05", "0.2", most="1.5"),
    trailing_stop=st.none() | st.none() | _shares("0.01", "0.04", "0.1", most="0.3"),
)
_PROTECTIONS = st.builds(
    Protections,
    max_drawdown=st.none() | st.none() | _shares("0.1", "0.3", most="0.5"),
    daily_loss=st.none() | st.none() | _shares("0.02", "0.1", most="0.3"),
    cool_down=st.sampled_from(
        [timedelta(0), timedelta(0), timedelta(minutes=3), timedelta(hours=1)]
    ),
)


@st.composite
def cases(draw: st.DrawFn, *, vast: bool = False) -> Case:
    """Draw an account; a huge one is near the limit of what can be counted."""
    instrument = draw(st.sampled_from(INSTRUMENTS))
    scales = Scales.of(instrument, price_decimals=draw(st.sampled_from([0, 0, 2])))
    exits = draw(_EXITS)
    can_risk = exits.stop_loss is not None or exits.trailing_stop is not None
    capital = Decimal(1000)
    if vast:
        capital = scales.money(draw(st.integers(MONEY_LIMIT // 16, MONEY_LIMIT - 1)))
    parameters = AccountParameters(
        capital=capital,
        sizing=EquityFraction() if vast else draw(_WITH_RISK if can_risk else _SIZINGS),
        costs=draw(_COSTS),
        exits=exits,
        protections=draw(_PROTECTIONS),
        leverage=draw(st.sampled_from([Decimal(1), Decimal(1), Decimal("0.3")])),
        min_notional=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(5)])),
        latency=draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(seconds=90)])),
    )
    return Case(instrument, parameters, scales)


@dataclass(frozen=True)
class Market:
    """Source of random tapes, candles, targets and commands: faster than draws by hypothesis.

    `length` is what hypothesis may shrink.
    """

    seed: int
    length: int

    def variations(self, case: Case, count: int = 8) -> Iterator[tuple[Case, Random]]:
        """Yield the account with other targets and commands, and the source of its prints."""
        for number in range(count):
            random = Random(self.seed * count + number)
            targets, commands = _targets(random, self.length // 2), _commands(random)
            yield replace(case, targets=targets, commands=commands), random


markets = st.builds(
    Market, seed=st.integers(0, 2**32), length=st.sampled_from([3, 8, 20, 50, 50, 80])
)


def _targets(random: Random, count: int) -> list[tuple[int, int]]:
    """Return directions decided at closes of minutes."""
    minutes = accumulate(random.choices([1, 1, 2, 3, 5], k=count))
    return [(START + minute * MINUTE, random.choice([-1, -1, 0, 1, 1, 2])) for minute in minutes]


def _commands(random: Random) -> list[tuple[int, int, str]]:
    names = ["PAUSE", "RESUME", "RESUME", "FLATTEN", "FLATTEN", "KILL"]
    places = [
        (random.randrange(1500), random.randrange(60)) for _ in range(random.choice([0, 0, 4]))
    ]
    return [
        (START + second * SECOND, trade, random.choice(names)) for second, trade in sorted(places)
    ]


# Price moves in thousandths: hardly, a little, much, and rarely extremely.
_MOVES = [*range(-3, 4)] * 12 + [*range(-20, 21)] * 2 + [-90, -40, 40, 90] * 2 + [-500, 1500]
_STEPS_S = [0, 0, 0, 1, 1, 20, 20, 20, 20, 40, 59, 60, 60, 61, 200]


def _prices(start: int, moves: Iterable[int]) -> list[int]:
    return list(accumulate(moves, _moved, initial=start))


def _moved(price: int, move: int) -> int:
    return max(1, price + price * move // 1000)


def _start(random: Random, scales: Scales) -> int:
    return random.choice([100, 100, 100, 100, 1]) * 10**scales.price_decimals


def a_tape(random: Random, length: int, scales: Scales) -> list[Print]:
    """Return prints: times never decrease, several may share one."""
    prices = _prices(_start(random, scales), random.choices(_MOVES, k=length))
    times = accumulate(random.choices(_STEPS_S, k=length), initial=0)
    return [
        (START + second * SECOND, number, price, 1 + number)
        for number, (second, price) in enumerate(zip(times, prices, strict=True))
    ]


def a_run(random: Random, length: int, scales: Scales) -> list[Ohlc]:
    """Return one-minute candles, some missing, some opening with a gap."""
    minute, price, result = 0, _start(random, scales), []
    for _ in range(length):
        minute += random.choice([1] * 12 + [2, 3, 61])
        path = _prices(price, [random.choice([0, 0, *_MOVES]), *random.choices(_MOVES, k=4)])[1:]
        price = path[-1]
        result.append((START + minute * MINUTE, path[0], max(path), min(path), price))
    return result


def tape_columns(tape: list[Print]) -> TapeColumns:
    """Return prints as columns of the kernel."""
    return TapeColumns(*(np.array(column, np.int64) for column in zip(*tape, strict=True)))


def candle_columns(run: list[Ohlc], span: int) -> CandleColumns:
    """Return candles as columns of the kernel."""
    return CandleColumns(*(np.array(column, np.int64) for column in zip(*run, strict=True)), span)


def fold_tape(case: Case, tape: list[Print], state: RowArray | None = None) -> FoldResult:
    """Fold prints with the kernel, from the start or from a state."""
    row = case.row()
    state = opening_state(row, min(START, tape[0][0])) if state is None else state
    return fold_trades(row, state, tape_columns(tape), case.target_rows(), case.command_rows())


def fold_run(case: Case, run: list[Ohlc]) -> FoldResult:
    """Fold candles with the kernel."""
    row, columns = case.row(), candle_columns(run, case.span)
    state = opening_state(row, min(START, run[0][0]))
    return fold_candles(row, state, columns, case.target_rows(), case.command_rows())


def follow_tape(case: Case, tape: list[Print]) -> DecimalAccount:
    """Fold prints with the plain account."""
    model = case.model()
    for time, trade_id, price, _ in tape:
        model.trade(case.scales.price(price), time, trade_id)
    return model


def follow_run(case: Case, run: list[Ohlc]) -> DecimalAccount:
    """Fold candles with the plain account."""
    model = case.model()
    for time, *ohlc in run:
        open_, high, low, close = map(case.scales.price, ohlc)
        model.candle((open_, high, low, close), time, case.span)
    return model


def require_equal(case: Case, folded: FoldResult, model: DecimalAccount, end: int) -> None:
    """Compare deals, marks and money to the last digit, after marking the end at `end`."""
    scales, state = case.scales, folded.state
    last = mark_end(case.row(), state, end)
    model.finish(end)
    assert [_deal(row, scales) for row in folded.orders] == model.deals
    marks = [*folded.marks, *last.marks]
    assert [_mark(row, scales) for row in marks] == model.marks
    state = last.state[0]
    assert AccountStatus(state["status"]).name == model.status
    amounts = {name: scales.money(state[name]) for name in ("cash", "cost", "realised", "fees")}
    assert amounts == {name: getattr(model, name) for name in amounts}
    assert scales.size(state["size"]) == model.size
    assert state["ambiguous"] == model.ambiguous
    assert state["refused"] == sum(bool(deal.refusal) for deal in model.deals)
    if case.parameters.protections.max_drawdown is not None and model.status != "FAILED":
        assert scales.money(state["peak"]) == model.peak


def _deal(row: np.void, scales: Scales) -> Deal:
    refusal = OrderRefusal(row["refusal"])
    return Deal(
        int(row["time"]),
        int(row["trade_id"]),
        int(row["side"]),
        scales.size(row["size"]),
        scales.price(row["price"]),
        scales.money(row["fee"]),
        OrderReason(row["reason"]).name,
        refusal.name if refusal else "",
        scales.money(row["cash"]),
        scales.size(row["position"]),
        scales.price(row["high"]),
        scales.price(row["low"]),
    )


def _mark(row: np.void, scales: Scales) -> Mark:
    return Mark(int(row["time"]), scales.money(row["equity"]), scales.money(row["value"]))
