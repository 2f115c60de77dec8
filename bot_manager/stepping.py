"""One step of a group: what a fold made becomes the rows of one commit. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from bot_manager.accounts import Account, opened
from bot_manager.beginning import just_before
from bot_manager.bisecting import without
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step of some bots that is not committed yet; `sight` is what it was made of."""

    bots: list[LivingBot]
    piece: Piece
    step: GroupStep
    sight: tuple[datetime | None, Cursor | None]

    def with_step(self, step: GroupStep) -> "Prepared":
        """Return it with another step."""
        return replace(self, step=step)


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


def failing(
    bots: Sequence[LivingBot], piece: Piece, step: GroupStep, problems: Mapping[str, str]
) -> GroupStep:
    """Return a step in which some bots fail where they stood before it; the others go on."""
    before = {bot.name: bot for bot in bots}
    writer = _Writer(piece, {name: before[name].standing for name in problems})
    checkpoints = []
    for name, problem in sorted(problems.items()):
        reason = f"what it did cannot be stored: {problem}"
        writer.fail(name, _stands(before[name]), reason)
        if (account := before[name].account) is not None:
            checkpoints.append(account.checkpoint())
    kept = without(step.commit, problems.keys())
    commit = msgspec.structs.replace(
        kept,
        entries=(*kept.entries, *writer.entries),
        transitions=(*kept.transitions, *writer.transitions),
        checkpoints=(*kept.checkpoints, *checkpoints),
    )
    accounts = {name: account for name, account in step.accounts.items() if name not in problems}
    return replace(
        step, commit=commit, standings=step.standings | writer.standings, accounts=accounts
    )


def _stands(bot: LivingBot) -> Cursor:
    """Return the place behind which a bot's account has met nothing."""
    assert bot.session is not None
    return just_before(bot.session.place) if bot.account is None else bot.account.cursor


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
            self.fail(name, accounts[name].cursor, reason)
        for name in sorted(folded.ended):
            self.move(name, Rule.ENDED, "its session is over")

    def fail(self, name: str, cursor: Cursor, reason: str) -> None:
        """Write that a bot cannot go on behind a place."""
        self.move(name, Rule.FAILED, reason)
        outcome = Outcome(self.standings[name])
        write(outcome, following(cursor), Ended(flatten=False), ACTOR, reason, self.piece.now)
        self._take(name, outcome)

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
