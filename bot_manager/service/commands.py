"""Take what people ask of bots: all that waits in one commit, so that a thousand stop as one."""

from bot_manager.deciding import Outcome, Standing, obey
from bot_manager.lifecycle import Transition
from bot_manager.ports import LedgerStep
from bot_manager.service.roster import Roster
from bot_manager.service.stores import BotStores
from bot_manager.status import AskedCommand
from utils.clock import Clock


class CommandDesk:
    """Answers commands; nothing waits for tape or signals here."""

    def __init__(self, stores: BotStores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def serve(self, roster: Roster) -> list[Transition]:
        """Answer every command that waits; return the transitions that were committed."""
        asked = self._stores.bots.unanswered()
        if not asked:
            return []
        outcomes = self._outcomes(roster, asked)
        transitions = [one for outcome in outcomes for one in outcome.transitions]
        self._stores.ledger.commit(
            LedgerStep(
                answers=tuple(one for outcome in outcomes for one in outcome.answers),
                entries=tuple(one for outcome in outcomes for one in outcome.entries),
                transitions=tuple(transitions),
            )
        )
        for name in {command.request.bot for command in asked}:
            roster.reread(name)
        return transitions

    def _outcomes(self, roster: Roster, asked: list[AskedCommand]) -> list[Outcome]:
        standings: dict[str, Standing] = {}
        outcomes = []
        for command in asked:
            name = command.request.bot
            standing = standings.get(name) or self._standing(roster, name)
            outcome = obey(command, standing, self._clock.now())
            standings[name] = outcome.standing
            outcomes.append(outcome)
        return outcomes

    def _standing(self, roster: Roster, name: str) -> Standing:
        if name in roster.bots:
            return roster.bots[name].standing
        status = self._stores.bots.get(name)
        assert status is not None, "a command is stored of a bot that is"
        return Standing(status)
