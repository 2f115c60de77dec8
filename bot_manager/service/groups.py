"""Take groups along the tape: read, fold, commit, ring. All that moved in a turn is one commit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot_manager.deciding import moved
from bot_manager.lifecycle import LIVING, BotState, Rule, Transition
from bot_manager.living import LivingBot
from bot_manager.opinion import judged_to, opinion_of
from bot_manager.ports import LedgerStep
from bot_manager.service.bells import Bells
from bot_manager.service.committing import commit_item, commit_together
from bot_manager.service.roster import Roster
from bot_manager.service.rules import BotRules
from bot_manager.service.stores import BotStores
from bot_manager.status import BotStatus
from bot_manager.stepping import ACTOR, GroupStep, Piece, Prepared, failing, step_group
from bot_manager.watching import delisted_reason, trouble_of
from data import EPOCH, Cursor, InstrumentId, InstrumentState, Trade
from strategies import Group
from strategies.status import GroupStatus
from utils.clock import Clock
from utils.isolation import Isolation, ItemFailed
from utils.liveness import Liveness


@dataclass(slots=True)
class Sights:
    """Tapes and judgements as they are in one turn, each read once, however many groups ask."""

    stores: BotStores
    page_trades: int
    statuses: dict[Group, GroupStatus] = field(default_factory=dict)
    ends: dict[InstrumentId, Cursor | None] = field(default_factory=dict)
    pages: dict[tuple[InstrumentId, Cursor], list[Trade]] = field(default_factory=dict)
    delisted: dict[InstrumentId, bool] = field(default_factory=dict)

    def look(self) -> None:
        """Read how far every group that is asked for is evaluated."""
        self.statuses = {status.group: status for status in self.stores.signals.groups()}

    def status(self, group: Group) -> GroupStatus | None:
        """Return how far a group is evaluated, None if nobody does it."""
        return self.statuses.get(group) or self.stores.signals.group(group)

    def end(self, instrument: InstrumentId) -> Cursor | None:
        """Return where a tape ends."""
        if instrument not in self.ends:
            self.ends[instrument] = self.stores.trades.end(instrument)
        return self.ends[instrument]

    def is_delisted(self, instrument: InstrumentId) -> bool:
        """Return whether the exchange no longer lists an instrument."""
        if instrument not in self.delisted:
            known = self.stores.instruments.get(instrument)
            self.delisted[instrument] = (
                known is not None and known.state is InstrumentState.DELISTED
            )
        return self.delisted[instrument]

    def after(self, instrument: InstrumentId, cursor: Cursor) -> list[Trade]:
        """Return the trades behind a place, a page at most."""
        key = (instrument, cursor)
        if key not in self.pages:
            self.pages[key] = self.stores.trades.after(instrument, cursor, self.page_trades)
        return self.pages[key]


class GroupDesk:
    """Folds one group after the other; one that waits holds no other."""

    def __init__(
        self,
        stores: BotStores,
        bells: Bells,
        clock: Clock,
        rules: BotRules,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._stores = stores
        self._bells = bells
        self._clock = clock
        self._rules = rules
        self._last: Group | None = None
        self._liveness = Liveness(clock)

    def serve(self, roster: Roster) -> tuple[list[str], bool]:
        """Take every group a piece along; return whose life is over, and if there is more."""
        if not roster.bots:
            return [], False
        now, began_s = self._clock.now(), self._clock.monotonic_s()
        sights = Sights(self._stores, self._rules.page_trades)
        sights.look()
        prepared: list[Prepared] = []
        served: dict[Group, list[LivingBot]] = {}
        more = False
        for group, bots in self._in_turn(roster):
            if self._clock.monotonic_s() - began_s > self._rules.turn_s:
                more = True
                break
            one = None
            if self._is_due(group):
                with self._isolation.attempt(_item(group)):
                    one = self._prepared(roster, group, bots, sights, now)
            if one is not None:
                prepared.append(one)
            served[group] = bots
            self._last = group
        before = set(roster.bots)
        committed = commit_together(self._stores.ledger, prepared, self._isolation)
        busy = self._take(roster, committed, now)
        quiet = [(group, bots) for group, bots in served.items() if group not in busy]
        self._watch(roster, quiet, sights, now)
        return sorted(before - roster.bots.keys()), more or bool(busy)

    def _in_turn(self, roster: Roster) -> Iterator[tuple[Group, list[LivingBot]]]:
        """Yield every group once, beginning behind the last that was served."""
        groups = list(roster.by_group().items())
        first = next((n for n, (group, _) in enumerate(groups) if group == self._last), -1) + 1
        yield from groups[first:]
        yield from groups[:first]

    def _prepared(
        self, roster: Roster, group: Group, bots: list[LivingBot], sights: Sights, now: datetime
    ) -> Prepared | None:
        """Fold a group a piece along; None if there is nothing to do."""
        status = sights.status(group)
        before_s = self._clock.monotonic_s() - self._rules.checkpoint_s
        due = frozenset(bot.name for bot in bots if bot.stored_s <= before_s)
        sight = (status.evaluated_to if status else None, sights.end(group.instrument))
        if status is None or (roster.seen_at.get(group) == sight and not due):
            return None
        opinion = opinion_of(status, self._stores.signals, _since(bots))
        cursor = roster.cursors[group]
        trades = sights.after(group.instrument, _start(bots, cursor))
        piece = Piece(group, cursor, trades, opinion, now, due)
        return Prepared(bots, piece, self._step(bots, piece), sight)

    def _step(self, bots: list[LivingBot], piece: Piece) -> GroupStep:
        """Fold bots together; those that raise alone fail where they stand, the others go on.

        Raises what the group raises where no single bot is to blame.
        """
        fold = f"fold of {piece.group}"
        with self._isolation.attempt(fold) as together:
            return step_group(bots, piece)
        self._isolation.forget(fold)
        problems: dict[str, str] = {}
        for bot in bots:
            item = f"bot {bot.name}"
            with self._isolation.attempt(item) as alone:
                step_group([bot], piece)
            if alone.failed:
                problems[bot.name] = alone.problem
                self._isolation.forget(item)
        others = [bot for bot in bots if bot.name not in problems]
        if not problems or not others:
            raise ItemFailed(together.problem)
        return failing(bots, piece, step_group(others, piece), problems)

    def _take(self, roster: Roster, prepared: list[Prepared], now: datetime) -> set[Group]:
        """Believe what was committed, then tell of it; return the groups that go on at once.

        A full page that brings a group no further waits for its strategy: it does not go on.
        """
        busy: set[Group] = set()
        for one in prepared:
            group, start = one.piece.group, _start(one.bots, one.piece.cursor)
            self._believe(roster, one.bots, one.step)
            living = [bot for bot in one.bots if bot.name in roster.bots]
            full = len(one.piece.trades) >= self._rules.page_trades
            goes_on = full and _start(living, roster.cursors[group]) != start
            if goes_on:
                busy.add(group)
                roster.seen_at.pop(group, None)
            else:
                roster.seen_at[group] = one.sight
            self._bells.tell_orders(one.step.commit.orders, now)
            self._bells.tell_states(one.step.commit.transitions)
        return busy

    def _believe(self, roster: Roster, bots: list[LivingBot], step: GroupStep) -> None:
        commit = step.commit
        stored = {checkpoint.bot for checkpoint in commit.checkpoints}
        roster.cursors[step.group] = step.cursor
        for bot in bots:
            bot.account = step.accounts.get(bot.name, bot.account)
            bot.standing = step.standings[bot.name]
            if bot.name in stored:
                bot.stored_s = self._clock.monotonic_s()
            if bot.standing.status.state not in LIVING:
                del roster.bots[bot.name]
            else:
                roster.refresh(bot)
        for entry in commit.entries:
            if entry.bot in roster.bots:
                roster.bots[entry.bot].entries.append(entry)

    def _watch(
        self,
        roster: Roster,
        quiet: list[tuple[Group, list[LivingBot]]],
        sights: Sights,
        now: datetime,
    ) -> None:
        """Let bots be degraded while they do not get what they live on."""
        transitions: list[Transition] = []
        for group, bots in quiet:
            trouble = self._problem(group) or self._trouble(group, sights)
            for bot in bots:
                rule = _rule_of(bot.standing.status, trouble, delisted_reason(group.instrument))
                bot.trouble = trouble
                if rule is not None and bot.name in roster.bots:
                    outcome = moved(bot.standing, rule, ACTOR, trouble or "all is well again", now)
                    bot.standing = outcome.standing
                    transitions += outcome.transitions
        if transitions:
            self._stores.ledger.commit(LedgerStep(transitions=tuple(transitions)))
            self._bells.tell_states(transitions)

    def _is_due(self, group: Group) -> bool:
        return all(self._isolation.is_due(item) for item in (_item(group), commit_item(group)))

    def _problem(self, group: Group) -> str:
        """Return what a group raised last, folded or committed."""
        isolation = self._isolation
        problem = isolation.problem(_item(group)) or isolation.problem(commit_item(group))
        return problem and f"its group fails: {problem}"

    def _trouble(self, group: Group, sights: Sights) -> str:
        status = sights.status(group)
        opinion = None if status is None else judged_to(status)
        stale_after = timedelta(seconds=self._rules.stale_after_s)
        tape, end = f"tape of {group.instrument}", sights.end(group.instrument)
        if end is not None:
            self._liveness.observe_time(tape, end.time)
        trouble = trouble_of(opinion, end, self._liveness.silent_s(tape), stale_after)
        if trouble and sights.is_delisted(group.instrument):
            return delisted_reason(group.instrument)
        return trouble


def _item(group: Group) -> str:
    return f"group {group}"


def _start(bots: list[LivingBot], cursor: Cursor) -> Cursor:
    """Return the place behind which some bot has prints to meet.

    Those about to end go on beyond where the group waits, or stay behind where it is.
    """
    ending = [bot for bot in bots if bot.session is not None and bot.session.end is not None]
    places = [bot.account.cursor for bot in ending if bot.account is not None]
    return min(places if places and len(ending) == len(bots) else [cursor, *places])


def _rule_of(status: BotStatus, trouble: str, lasting: str) -> Rule | None:
    """Return what moves a bot; only a `lasting` trouble replaces the reason given before it."""
    if trouble and status.state in (BotState.RUNNING, BotState.PAUSED):
        return Rule.DEGRADED
    if status.state is not BotState.DEGRADED:
        return None
    if not trouble:
        return Rule.RECOVERED
    return Rule.DEGRADED if trouble == lasting != status.reason else None


def _since(bots: list[LivingBot]) -> datetime:
    """Return from when on signals are needed: all of them where an account is to be opened."""
    accounts = [bot.account for bot in bots]
    heard = [account.heard for account in accounts if account is not None]
    return min(heard) if len(heard) == len(accounts) else EPOCH
