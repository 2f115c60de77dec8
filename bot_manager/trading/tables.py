"""The tables that the kernel reads besides prints, and those that it writes."""

# Compiled into the kernel: an edit here recompiles it.

from bot_manager.trading.rows import Count, Money, Price, Size, Time, row_type


class Work:
    """The current print and the progress of this fold; only counts outlast a print.

    `changed`: the target is to be acted on. `request`: why the position is to be closed. `row` and
    `mark` are the next free rows of the tables written. Nothing is due before `due`. `stopped`: the
    candle before which the fold stopped, or -1.
    """

    account: Count
    time: Time
    trade_id: Count
    price: Price
    size: Size
    changed: Count
    request: Count
    latency: Time
    due: Time
    next_target: Count
    next_command: Count
    row: Count
    mark: Count
    stopped: Count


class TargetRow:
    """A direction decided at the close at `time`; repeats are harmless."""

    time: Time
    direction: Count


class CommandRow:
    """A command that takes effect before the first print at or after (`time`, `trade_id`).

    Rows are sorted by account, then sequence; times and trade ids never decrease along sequences.
    """

    account: Count
    sequence: Count
    time: Time
    trade_id: Count
    command: Count


class OrderRow:
    """An order: filled by one print, or refused. side 1 buys, -1 sells.

    market, print_size: the print that filled it. realised is before fees; high and low are the
    market's extremes since the entry (closing orders). risk: the loss at the stop as it was placed
    (entries). position, cash and equity: afterwards.
    """

    account: Count
    sequence: Count
    time: Time
    trade_id: Count
    side: Count
    size: Size
    price: Price
    fee: Money
    maker: Count
    reason: Count
    refusal: Count
    market: Price
    print_size: Size
    realised: Money
    risk: Money
    high: Price
    low: Price
    position: Size
    cash: Money
    equity: Money


class MarkRow:
    """Equity at the close at `time`, and the position's signed value in it."""

    account: Count
    time: Time
    equity: Money
    value: Money


WORK = row_type(Work)
TARGETS = row_type(TargetRow)
COMMANDS = row_type(CommandRow)
ORDERS = row_type(OrderRow)
MARKS = row_type(MarkRow)
