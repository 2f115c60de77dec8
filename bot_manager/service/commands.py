"""Take what people ask of bots: all that waits in one commit, so that a thousand stop as one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bot_manager.deciding import Outcome, Standing, obey
from bot_manager.lifecycle import Transition
from bot_manager.ports import LedgerStep
from bot_manager.service.roster import Roster
from bot_manager.service.stores import BotStores
from bot_manager.status import AskedCommand, BotStatus, FleetAnswer, FleetCommand
from utils.clock import Clock
from utils.isolation import Isolation


@dataclass(slots=True)
class _Round:
    """What comes of all that waits, in the order in which it was asked."""

    standings: dict[str, Standing] = field(default_factory=dict)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    spread: list[AskedCommand] = field(default_factory=list)
    fleet_answers: list[FleetAnswer] = field(default_factory=list)

    def take(self, name: str, outcome: Outcome) -> None:
        """Go on from an outcome."""
        self.standings[name] = outcome.standing
        self.outcomes.setdefault(name, []).append(outcome)

    def step(self) -> LedgerStep:
        """Return all of it as one commit."""
        outcomes = [one for of_bot in self.outcomes.values() for one in of_bot]
        return LedgerStep(
            answers=tuple(one for outcome in outcomes for one in outcome.answers),
            fleet_answers=tuple(self.fleet_answers),
            spread=tuple(self.spread),
            entries=tuple(one for outcome in outcomes for one in outcome.entries),
            transitions=tuple(one for outcome in outcomes for one in outcome.transitions),
        )


class CommandDesk:
    """Answers commands; nothing waits for tape or signals here."""

    def __init__(self, stores: BotStores, clock: Clock, isolation: Isolation) -> None:
        self._isolation = isolation
        self._stores = stores
        self._clock = clock

    def serve(self, roster: Roster) -> list[Transition]:
        """Answer every command that waits; return the transitions that were committed."""
        bots = self._stores.bots
        asked, of_all = bots.unanswered(), bots.unanswered_to_all()
        if not asked and not of_all:
            return []
        taken, now = _Round(), self._clock.now()
        waiting: list[AskedCommand | FleetCommand] = [*asked, *of_all]
        for command in sorted(waiting, key=lambda one: one.request.made_at):
            item = f"command {command.number} to {getattr(command.request, 'bot', 'all bots')}"
            if not self._isolation.is_due(item):
                continue
            with self._isolation.attempt(item):
                if isinstance(command, AskedCommand):
                    standing = self._standing(roster, taken, command.request.bot)
                    taken.take(command.request.bot, obey(command, standing, now))
                else:
                    self._spread(roster, taken, command, now)
        step = taken.step()
        self._stores.ledger.commit(step)
        for name, outcomes in taken.outcomes.items():
            roster.take(name, outcomes)
        return list(step.transitions)

    def _spread(self, roster: Roster, taken: _Round, fleet: FleetCommand, now: datetime) -> None:
        """Let every bot obey that can."""
        reached = 0
        for name, standing in self._all(roster, taken):
            with self._isolation.attempt(f"command to all at {name}"):
                command = AskedCommand(number=0, request=fleet.request.of(name))
                outcome = obey(command, standing, now)
                if not outcome.answers[0].refusal:
                    outcome.answers.clear()
                    taken.take(name, outcome)
                    taken.spread.append(msgspec.structs.replace(command, answered_at=now))
                    reached += 1
        answer = FleetAnswer(number=fleet.number, answered_at=now, reached=reached)
        taken.fleet_answers.append(answer)

    def _all(self, roster: Roster, taken: _Round) -> Iterator[tuple[str, Standing]]:
        for status in self._stores.bots.all():
            known = taken.standings.get(status.name)
            yield status.name, known or _standing_of(roster, status.name, status)

    def _standing(self, roster: Roster, taken: _Round, name: str) -> Standing:
        known = taken.standings.get(name)
        if known is not None or name in roster.bots:
            return known or roster.bots[name].standing
        return _standing_of(roster, name, self._stores.bots.get(name))


def _standing_of(roster: Roster, name: str, status: BotStatus | None) -> Standing:
    if name in roster.bots:
        return roster.bots[name].standing
    assert status is not None, "a command is stored of a bot that is"
    return Standing(status)
