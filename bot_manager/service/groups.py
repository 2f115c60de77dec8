"""Take groups along the tape: read, fold, commit, ring."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot_manager.bisecting import culprits
from bot_manager.deciding import moved
from bot_manager.lifecycle import LIVING, BotState, Rule, Transition
from bot_manager.living import LivingBot
from bot_manager.opinion import Opinion, read_opinion
from bot_manager.ports import LedgerStep
from bot_manager.service.bells import Bells
from bot_manager.service.roster import Roster
from bot_manager.service.rules import BotRules
from bot_manager.service.stores import BotStores
from bot_manager.stepping import ACTOR, GroupStep, Piece, failing, step_group
from bot_manager.watching import trouble_of
from data import EPOCH, Cursor, InstrumentId, Trade
from data.errors import RepositoryError
from strategies import Group
from utils.clock import Clock


@dataclass(slots=True)
class Pages:
    """Pieces of tapes, each read once a turn, however many groups begin at one place."""

    stores: BotStores
    limit: int
    read: dict[tuple[InstrumentId, Cursor], list[Trade]] = field(default_factory=dict)

    def after(self, instrument: InstrumentId, cursor: Cursor) -> list[Trade]:
        """Return the trades behind a place, at most `limit`."""
        key = (instrument, cursor)
        if key not in self.read:
            self.read[key] = self.stores.trades.after(instrument, cursor, self.limit)
        return self.read[key]


class GroupDesk:
    """Folds one group after the other; one that waits holds no other."""

    def __init__(self, stores: BotStores, bells: Bells, clock: Clock, rules: BotRules) -> None:
        self._stores = stores
        self._bells = bells
        self._clock = clock
        self._rules = rules

    def serve(self, roster: Roster) -> tuple[list[str], bool]:
        """Take every group a piece along; return whose life is over, and if there is more."""
        pages = Pages(self._stores, self._rules.page_trades)
        over: list[str] = []
        more = False
        for group in roster.groups():
            before = set(roster.bots)
            more |= self._serve_group(roster, group, pages)
            over += sorted(before - roster.bots.keys())
        return over, more

    def _serve_group(self, roster: Roster, group: Group, pages: Pages) -> bool:
        bots, now = roster.members(group), self._clock.now()
        opinion = read_opinion(self._stores.signals, group, _since(bots))
        more = False
        if opinion is not None:
            piece = self._piece(roster, group, bots, pages, opinion, now)
            start = _start(bots, piece.cursor)
            step = self._committed(bots, piece, step_group(bots, piece))
            self._take(roster, bots, step, now)
            went_on = _start(roster.members(group), roster.cursors[group]) != start
            more = len(piece.trades) >= self._rules.page_trades and went_on
        if not more:
            self._watch(roster, group, opinion, now)
        return more

    def _piece(
        self,
        roster: Roster,
        group: Group,
        bots: list[LivingBot],
        pages: Pages,
        opinion: Opinion,
        now: datetime,
    ) -> Piece:
        cursor = roster.cursors[group]
        trades = pages.after(group.instrument, _start(bots, cursor))
        before_s = self._clock.monotonic_s() - self._rules.checkpoint_s
        due = frozenset(bot.name for bot in bots if bot.stored_s <= before_s)
        return Piece(group, cursor, trades, opinion, now, due)

    def _committed(self, bots: list[LivingBot], piece: Piece, step: GroupStep) -> GroupStep:
        """Commit a step, without those bots whose rows the store refuses: they fail."""
        ledger = self._stores.ledger
        if step.commit == LedgerStep():
            return step
        try:
            ledger.commit(step.commit)
        except RepositoryError:
            problems = culprits(step.commit, ledger.check)
            if not problems:
                raise
            step = failing(bots, piece, step, problems)
            ledger.commit(step.commit)
        return step

    def _take(self, roster: Roster, bots: list[LivingBot], step: GroupStep, now: datetime) -> None:
        """Believe a step that was committed, then tell of it."""
        commit = step.commit
        stored = {checkpoint.bot for checkpoint in commit.checkpoints}
        roster.cursors[step.group] = step.cursor
        for bot in bots:
            bot.account = step.accounts.get(bot.name, bot.account)
            opened = bot.account is not None
            bot.standing = replace(step.standings[bot.name], opened=opened)
            bot.entries += [entry for entry in commit.entries if entry.bot == bot.name]
            if bot.name in stored:
                bot.stored_s = self._clock.monotonic_s()
            if bot.standing.status.state not in LIVING:
                del roster.bots[bot.name]
            else:
                roster.refresh(bot)
        self._bells.tell_orders(commit.orders, now)
        self._bells.tell_states(commit.transitions)

    def _watch(self, roster: Roster, group: Group, opinion: Opinion | None, now: datetime) -> None:
        """Let bots be degraded while they do not get what they live on."""
        stale_after = timedelta(seconds=self._rules.stale_after_s)
        tape_end = self._stores.trades.end(group.instrument)
        trouble = trouble_of(opinion, tape_end, now, stale_after)
        transitions: list[Transition] = []
        for bot in roster.members(group):
            state = bot.standing.status.state
            rule = _rule_of(state, trouble)
            bot.trouble = trouble
            if rule is not None:
                outcome = moved(bot.standing, rule, ACTOR, trouble or "all is well again", now)
                bot.standing = outcome.standing
                transitions += outcome.transitions
        if transitions:
            self._stores.ledger.commit(LedgerStep(transitions=tuple(transitions)))
            self._bells.tell_states(transitions)


def _start(bots: list[LivingBot], cursor: Cursor) -> Cursor:
    """Return the place behind which some bot has prints to meet.

    Those about to end go on beyond where the group waits, or stay behind where it is.
    """
    ending = [bot for bot in bots if bot.session is not None and bot.session.end is not None]
    places = [bot.account.cursor for bot in ending if bot.account is not None]
    return min(places if places and len(ending) == len(bots) else [cursor, *places])


def _rule_of(state: BotState, trouble: str) -> Rule | None:
    if trouble and state in (BotState.RUNNING, BotState.PAUSED):
        return Rule.DEGRADED
    return Rule.RECOVERED if not trouble and state is BotState.DEGRADED else None


def _since(bots: list[LivingBot]) -> datetime:
    """Return from when on signals are needed: all of them where an account is to be opened."""
    accounts = [bot.account for bot in bots]
    heard = [account.heard for account in accounts if account is not None]
    return min(heard) if len(heard) == len(accounts) else EPOCH
