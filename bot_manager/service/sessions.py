"""Begin sessions: ask the strategy engine for a bot's group, and journal the start once it is."""

from collections.abc import Iterable

from bot_manager.beginning import begin, facts_of, just_before
from bot_manager.config import asker_of
from bot_manager.deciding import Outcome, moved
from bot_manager.journal import Started
from bot_manager.lifecycle import Rule, Transition
from bot_manager.living import LivingBot
from bot_manager.ports import GroupMove, LedgerStep
from bot_manager.service.bells import Bells
from bot_manager.service.roster import Roster
from bot_manager.service.stores import BotStores
from bot_manager.stepping import ACTOR
from data import Cursor
from strategies import Group
from strategies.status import RequestStatus
from utils.clock import Clock


class SessionDesk:
    """Looks after bots whose session has not begun."""

    def __init__(self, stores: BotStores, bells: Bells, clock: Clock, code: str) -> None:
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
        transitions: list[Transition] = []
        unknown = []
        for bot in waiting:
            request = bot.version.config.request()
            status = answered.get(request.asker)
            if status is None or status.request != request:
                unknown.append(request)
            else:
                transitions += self._begin(roster, bot, status)
        if unknown:
            self._stores.requests.put(unknown)
            self._bells.ask_engine([request.asker for request in unknown])
        return transitions

    def dismiss(self, names: Iterable[str]) -> None:
        """Let the engine work for these bots no longer."""
        askers = [asker_of(name) for name in names]
        if askers:
            self._stores.requests.withdraw(askers)
            self._bells.ask_engine(askers)

    def _begin(self, roster: Roster, bot: LivingBot, status: RequestStatus) -> list[Transition]:
        instrument = self._stores.instruments.get(status.request.instrument)
        if status.group is None or instrument is None:
            problem = status.problem or f"{status.request.instrument} is not known yet"
            return self._wait(bot, problem)
        facts = facts_of(bot.version, status.group, instrument, bot.legacy, self._code)
        if isinstance(facts, str):
            outcome = moved(bot.standing, Rule.FAILED, ACTOR, facts, self._clock.now())
            self._commit(outcome, ())
        else:
            outcome = self._begun(roster, bot, facts)
        roster.reread(bot.name)
        return outcome.transitions

    def _wait(self, bot: LivingBot, problem: str) -> list[Transition]:
        """Say why a bot does not begin, once."""
        if bot.standing.status.reason == problem:
            return []
        outcome = moved(bot.standing, Rule.WAITS, ACTOR, problem, self._clock.now())
        self._commit(outcome, ())
        bot.standing, bot.trouble = outcome.standing, problem
        return outcome.transitions

    def _begun(self, roster: Roster, bot: LivingBot, facts: Started) -> Outcome:
        cursor = self._stores.ledger.cursor(facts.group)
        legacy = None if bot.legacy is None else bot.legacy.checkpoint.cursor
        behind = [place for place in (cursor, legacy) if place is not None]
        outcome = begin(bot.standing, facts, behind, ACTOR, self._clock.now())
        place = outcome.entries[0].place
        moves = () if roster.members(facts.group) else _first_of(facts.group, cursor, place)
        self._commit(outcome, moves)
        for move in moves:
            roster.cursors[move.group] = move.after
        return outcome

    def _commit(self, outcome: Outcome, moves: tuple[GroupMove, ...]) -> None:
        entries, transitions = tuple(outcome.entries), tuple(outcome.transitions)
        self._stores.ledger.commit(
            LedgerStep(moves=moves, entries=entries, transitions=transitions)
        )


def _first_of(group: Group, cursor: Cursor | None, place: Cursor) -> tuple[GroupMove, ...]:
    """Return the move that lets a group's first bot begin here, whatever lies before."""
    after = just_before(place)
    return () if after == cursor else (GroupMove(group=group, before=cursor, after=after),)
