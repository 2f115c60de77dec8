"""One step of a group: what a fold made becomes the rows of one commit. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from bot_manager.accounts import Account, opened
from bot_manager.deciding import Outcome, Standing, moved, write
from bot_manager.group_fold import GroupFolded, fold_group, may_open
from bot_manager.journal import Ended, JournalEntry, Rescaled, following
from bot_manager.lifecycle import BotState, Rule, Transition
from bot_manager.living import LivingBot
from bot_manager.opinion import Opinion
from bot_manager.ports import GroupMove, LedgerStep
from data import Cursor, Trade
from strategies import Group

ACTOR = "bot manager"


@dataclass(frozen=True, slots=True)
class GroupStep:
    """A commit, and where the group and every bot of it stand once it is made."""

    group: Group
    commit: LedgerStep
    cursor: Cursor
    standings: dict[str, Standing]
    accounts: dict[str, Account]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of tape behind a group's accounts, and what is known with it.

    `due`: bots whose accounts are stored whatever happens.
    """

    group: Group
    cursor: Cursor
    trades: Sequence[Trade]
    opinion: Opinion
    now: datetime
    due: frozenset[str] = frozenset()


def step_group(bots: Sequence[LivingBot], piece: Piece) -> GroupStep:
    """Fold a piece of tape into a group's bots, opening those whose session can begin."""
    fresh = {bot.name: account for bot in bots if (account := _opened(bot, piece.opinion))}
    accounts = [account for bot in bots if (account := bot.account or fresh.get(bot.name))]
    folded = fold_group(accounts, piece.trades, piece.opinion)
    step = _Writer(piece, {bot.name: bot.standing for bot in bots})
    for name in fresh:
        if step.standings[name].status.state is BotState.WARMING_UP:
            step.move(name, Rule.OPENED, "its strategy is evaluated up to its start")
    step.tell(folded)
    after = {account.bot: account for account in folded.accounts}
    stood = {account.bot: account.cursor for account in accounts}
    stored = _to_store(folded, stood, fresh.keys() | piece.due)
    cursor = _cursor_after(bots, piece)
    commit = LedgerStep(
        moves=_moves(piece, cursor),
        entries=tuple(step.entries),
        transitions=tuple(step.transitions),
        orders=tuple(folded.orders),
        marks=tuple(folded.marks),
        checkpoints=tuple(after[name].checkpoint() for name in sorted(stored)),
    )
    return GroupStep(piece.group, commit, cursor, step.standings, after)


@dataclass(slots=True)
class _Writer:
    """Rows of journal and states, numbered as they come."""

    piece: Piece
    standings: dict[str, Standing]
    entries: list[JournalEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def tell(self, folded: GroupFolded) -> None:
        """Write what a fold saw."""
        for change in folded.rescales:
            outcome = Outcome(self.standings[change.bot])
            reason = "a print is finer than the account's units"
            decision = Rescaled(scales=change.scales)
            write(outcome, change.place, decision, ACTOR, reason, self.piece.now)
            self._take(change.bot, outcome)
        accounts = {account.bot: account for account in folded.accounts}
        for name, reason in sorted(folded.failed.items()):
            self.move(name, Rule.FAILED, reason)
            outcome, place = Outcome(self.standings[name]), following(accounts[name].cursor)
            write(outcome, place, Ended(flatten=False), ACTOR, reason, self.piece.now)
            self._take(name, outcome)
        for name in sorted(folded.ended):
            self.move(name, Rule.ENDED, "its session is over")

    def move(self, name: str, rule: Rule, reason: str) -> None:
        """Write a transition."""
        self._take(name, moved(self.standings[name], rule, ACTOR, reason, self.piece.now))

    def _take(self, name: str, outcome: Outcome) -> None:
        self.standings[name] = outcome.standing
        self.entries += outcome.entries
        self.transitions += outcome.transitions


def _opened(bot: LivingBot, opinion: Opinion) -> Account | None:
    session = bot.session
    if bot.account is not None or session is None:
        return None
    ends_before = session.end_place is not None and session.end_place <= session.place
    if not ends_before and not may_open(session.place, opinion):
        return None
    return opened(session, opinion.signals, bot.legacy)


def _to_store(folded: GroupFolded, stood: Mapping[str, Cursor], due: Set[str]) -> set[str]:
    """Return the bots whose accounts are stored: those with an effect, and those that are due.

    Those about to end, too, where they move: they leave their group's cursor behind.
    """
    there = {account.bot for account in folded.accounts}
    ending = {
        account.bot
        for account in folded.accounts
        if account.session.end is not None and account.cursor != stood[account.bot]
    }
    touched = {order.bot for order in folded.orders} | {one.bot for one in folded.rescales}
    return (touched | ending | due | set(folded.ended) | folded.failed.keys()) & there


def _cursor_after(bots: Sequence[LivingBot], piece: Piece) -> Cursor:
    """Return how far the group is folded: as far as bots go on that are not about to end."""
    goes_on = any(bot.session is not None and bot.session.end is None for bot in bots)
    met = [trade.cursor for trade in piece.trades if trade.time < piece.opinion.limit]
    return max(piece.cursor, met[-1]) if met and goes_on else piece.cursor


def _moves(piece: Piece, cursor: Cursor) -> tuple[GroupMove, ...]:
    if cursor == piece.cursor:
        return ()
    return (GroupMove(group=piece.group, before=piece.cursor, after=cursor),)
