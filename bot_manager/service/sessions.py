"""Begin sessions: ask the strategy engine for a bot's group, and journal the start once it is warm.

All that can begin begins in one commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot_manager.beginning import begin, facts_of, just_before
from bot_manager.bisecting import culprits
from bot_manager.config import asker_of
from bot_manager.deciding import Outcome, moved
from bot_manager.journal import Started
from bot_manager.lifecycle import LIVING, Rule, Transition
from bot_manager.living import LivingBot
from bot_manager.ports import GroupMove, LedgerStep
from bot_manager.service.bells import Bells
from bot_manager.service.roster import Roster
from bot_manager.service.stores import BotStores
from bot_manager.session import session_of
from bot_manager.stepping import ACTOR
from data import Cursor, Instrument, InstrumentId
from data.errors import RepositoryError
from strategies import Group
from strategies.status import RequestStatus, SignalRequest
from utils.clock import Clock
from utils.isolation import Isolation


@dataclass(slots=True)
class _Round:
    """What comes of all that wait, and where groups are that begin with them."""

    outcomes: list[tuple[LivingBot, Outcome]] = field(default_factory=list)
    moves: dict[Group, GroupMove] = field(default_factory=dict)
    instruments: dict[InstrumentId, Instrument | None] = field(default_factory=dict)
    unknown: list[SignalRequest] = field(default_factory=list)

    def step(self) -> LedgerStep:
        """Return all of it as one commit."""
        return LedgerStep(
            moves=tuple(self.moves.values()),
            entries=tuple(one for _, outcome in self.outcomes for one in outcome.entries),
            transitions=tuple(one for _, outcome in self.outcomes for one in outcome.transitions),
        )


class SessionDesk:
    """Looks after bots whose session has not begun."""

    def __init__(
        self, stores: BotStores, bells: Bells, clock: Clock, code: str, isolation: Isolation
    ) -> None:
        self._isolation = isolation
        self._stores = stores
        self._bells = bells
        self._code = code
        self._clock = clock

    def serve(self, roster: Roster) -> list[Transition]:
        """Begin what can begin; return the transitions that were committed."""
        waiting = [bot for bot in roster.bots.values() if bot.session is None]
        if not waiting:
            return []
        answered = {status.request.asker: status for status in self._stores.requests.all()}
        taken = _Round()
        for bot in waiting:
            item = f"bot {bot.name}"
            with self._isolation.attempt(item) as attempt:
                self._look_at(roster, taken, bot, answered)
            if attempt.failed:
                # It fails, which has a state and an alert of its own.
                self._isolation.forget(item)
                reason = f"cannot start: {attempt.problem}"
                failed = moved(bot.standing, Rule.FAILED, ACTOR, reason, self._clock.now())
                taken.outcomes.append((bot, failed))
        if taken.outcomes:
            self._commit(taken)
            for bot, outcome in taken.outcomes:
                _believe(roster, bot, outcome, taken.moves)
        self._ask(taken.unknown)
        return [one for _, outcome in taken.outcomes for one in outcome.transitions]

    def _look_at(
        self, roster: Roster, taken: _Round, bot: LivingBot, answered: dict[str, RequestStatus]
    ) -> None:
        request = bot.version.config.request()
        status = answered.get(request.asker)
        if status is None or status.request != request:
            taken.unknown.append(request)
        else:
            self._decide(roster, taken, bot, status)

    def _commit(self, taken: _Round) -> None:
        """Commit a round; bots whose rows the store refuses fail, and the others go on."""
        try:
            self._stores.ledger.commit(taken.step())
        except RepositoryError:
            problems = culprits(taken.step(), self._stores.ledger.check)
            if not problems:
                raise
            now = self._clock.now()
            taken.outcomes = [
                (bot, moved(bot.standing, Rule.FAILED, ACTOR, problems[bot.name], now))
                if bot.name in problems
                else (bot, outcome)
                for bot, outcome in taken.outcomes
            ]
            self._stores.ledger.commit(taken.step())

    def dismiss(self, names: Iterable[str]) -> None:
        """Let the engine work for these bots no longer."""
        askers = [asker_of(name) for name in names]
        if askers:
            self._stores.requests.withdraw(askers)
            self._bells.ask_engine(askers)

    def _ask(self, requests: list[SignalRequest]) -> None:
        if requests:
            self._stores.requests.put(requests)
            self._bells.ask_engine([request.asker for request in requests])

    def _decide(self, roster: Roster, taken: _Round, bot: LivingBot, status: RequestStatus) -> None:
        instrument = self._instrument(taken, status.request.instrument)
        now = self._clock.now()
        # With a group, a problem says what it still waits for: nothing would be decided yet.
        if status.group is None or status.problem or instrument is None:
            unknown = "" if instrument else f"{status.request.instrument} is not known yet"
            bot.trouble = status.problem or unknown
            if bot.trouble and bot.standing.status.reason != bot.trouble:
                outcome = moved(bot.standing, Rule.WAITS, ACTOR, bot.trouble, now)
                taken.outcomes.append((bot, outcome))
            return
        facts = facts_of(bot.version, status.group, instrument, bot.legacy, self._code)
        if isinstance(facts, str):
            failed = moved(bot.standing, Rule.FAILED, ACTOR, facts, now)
            taken.outcomes.append((bot, failed))
        else:
            taken.outcomes.append((bot, self._begun(roster, taken, bot, facts)))

    def _begun(self, roster: Roster, taken: _Round, bot: LivingBot, facts: Started) -> Outcome:
        group = facts.group
        joins = group in taken.moves or bool(roster.members(group))
        cursor = taken.moves[group].after if group in taken.moves else self._cursor(roster, group)
        legacy = None if bot.legacy is None else bot.legacy.checkpoint.cursor
        behind = [place for place in (cursor, legacy) if place is not None]
        outcome = begin(bot.standing, facts, behind, ACTOR, self._clock.now())
        after = just_before(outcome.entries[0].place)
        if not joins and after != cursor:
            # The group's first bot may begin here, whatever lies before.
            taken.moves[group] = GroupMove(group=group, before=cursor, after=after)
        return outcome

    def _cursor(self, roster: Roster, group: Group) -> Cursor | None:
        if roster.members(group):
            return roster.cursors.get(group)
        return self._stores.ledger.cursor(group)

    def _instrument(self, taken: _Round, name: InstrumentId) -> Instrument | None:
        if name not in taken.instruments:
            taken.instruments[name] = self._stores.instruments.get(name)
        return taken.instruments[name]


def _believe(
    roster: Roster, bot: LivingBot, outcome: Outcome, moves: dict[Group, GroupMove]
) -> None:
    """Take what was committed of a bot into memory."""
    bot.standing = outcome.standing
    if outcome.standing.status.state not in LIVING:
        del roster.bots[bot.name]
    elif outcome.entries:
        session = session_of(outcome.entries, bot.version.config)
        bot.entries = list(outcome.entries)
        bot.standing = replace(outcome.standing, session=session)
        if session.group in moves:
            roster.cursors[session.group] = moves[session.group].after
        roster.know(session.group)
        roster.refresh(bot)
