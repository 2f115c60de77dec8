"""Sessions of a bot: read from its journal and its configurations. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot_manager.domain.config import BotConfig
from bot_manager.domain.journal import CommandAccepted, JournalEntry, SessionEnded, SessionStarted
from bot_manager.domain.versions import ConfigVersion
from bot_manager.trading import AccountCommand, Scales
from data import Cursor
from strategies import Group


class ScheduledCommand(NamedTuple):
    """A command to the account, effective before the first print at or after `effective_at`."""

    sequence: int
    effective_at: Cursor
    command: AccountCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSession:
    """A session of a bot, from one start to its end.

    `number` is the sequence of the entry that started it. Of several ends the first on the tape
    counts.
    """

    number: int
    config: BotConfig
    facts: SessionStarted
    start_cursor: Cursor
    scheduled: tuple[ScheduledCommand, ...] = ()
    end: SessionEnded | None = None
    end_cursor: Cursor | None = None

    @property
    def bot(self) -> str:
        """Return the name of the bot."""
        return self.config.name

    @property
    def group(self) -> Group:
        """Return the group whose signals it follows."""
        return self.facts.group

    @property
    def scales(self) -> Scales:
        """Return the units in which its account starts."""
        return self.facts.scales


def sessions_of(
    journal: Sequence[JournalEntry], versions: Sequence[ConfigVersion]
) -> list[BotSession]:
    """Return every session of a bot, oldest first."""
    configs = {version.number: version.config for version in versions}
    starts = [at for at, entry in enumerate(journal) if isinstance(entry.decision, SessionStarted)]
    bounds = pairwise([*starts, len(journal)])
    sessions = []
    for start, stop in bounds:
        facts = journal[start].decision
        assert isinstance(facts, SessionStarted)
        sessions.append(session_of(journal[start:stop], configs[facts.version]))
    return sessions


def session_of(entries: Sequence[JournalEntry], config: BotConfig) -> BotSession:
    """Return the session of these entries; the first one started it with this configuration."""
    facts = entries[0].decision
    assert isinstance(facts, SessionStarted)
    ends = [entry for entry in entries if isinstance(entry.decision, SessionEnded)]
    end = min(ends, key=lambda entry: (entry.effective_at, entry.sequence), default=None)
    decision = end.decision if end is not None else None
    return BotSession(
        number=entries[0].sequence,
        config=config,
        facts=facts,
        start_cursor=entries[0].effective_at,
        scheduled=_scheduled_commands(entries, end),
        end=decision if isinstance(decision, SessionEnded) else None,
        end_cursor=None if end is None else end.effective_at,
    )


def _scheduled_commands(
    entries: Sequence[JournalEntry], end: JournalEntry | None
) -> tuple[ScheduledCommand, ...]:
    """Return the account's commands, without those that an end overrides."""
    scheduled = [
        ScheduledCommand(entry.sequence, entry.effective_at, entry.decision.command)
        for entry in entries
        if isinstance(entry.decision, CommandAccepted)
        and (end is None or entry.effective_at <= end.effective_at)
    ]
    if end is None or not isinstance(end.decision, SessionEnded) or not end.decision.flatten:
        return tuple(scheduled)
    commands = (
        [AccountCommand.KILL]
        if end.decision.kill
        else [AccountCommand.PAUSE, AccountCommand.FLATTEN]
    )
    return (
        *scheduled,
        *(ScheduledCommand(end.sequence, end.effective_at, command) for command in commands),
    )
