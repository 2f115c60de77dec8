"""What one session of a bot is given: read from its journal and its configurations, pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot_manager.config import BotConfig
from bot_manager.journal import Commanded, Ended, JournalEntry, Started
from bot_manager.trading import Command, Scales
from bot_manager.versions import ConfigVersion
from data import Cursor
from strategies import Group


class Told(NamedTuple):
    """A command to the account, obeyed before the first print at or behind its place."""

    sequence: int
    place: Cursor
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """From one start of a bot to its end.

    `number` is the sequence of the entry that began it. Of several ends the first on the tape is
    the one.
    """

    number: int
    config: BotConfig
    facts: Started
    place: Cursor
    told: tuple[Told, ...] = ()
    end: Ended | None = None
    end_place: Cursor | None = None

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
        """Return the units in which its account begins."""
        return self.facts.scales


def sessions_of(
    journal: Sequence[JournalEntry], versions: Sequence[ConfigVersion]
) -> list[Session]:
    """Return every session of a bot, oldest first."""
    configs = {version.number: version.config for version in versions}
    starts = [at for at, entry in enumerate(journal) if isinstance(entry.decision, Started)]
    pieces = pairwise([*starts, len(journal)])
    sessions = []
    for start, stop in pieces:
        facts = journal[start].decision
        assert isinstance(facts, Started)
        sessions.append(session_of(journal[start:stop], configs[facts.version]))
    return sessions


def session_of(entries: Sequence[JournalEntry], config: BotConfig) -> Session:
    """Return the session of these entries; the first one began it, with this configuration."""
    facts = entries[0].decision
    assert isinstance(facts, Started)
    ends = [entry for entry in entries if isinstance(entry.decision, Ended)]
    end = min(ends, key=lambda entry: (entry.place, entry.sequence), default=None)
    decision = end.decision if end is not None else None
    return Session(
        number=entries[0].sequence,
        config=config,
        facts=facts,
        place=entries[0].place,
        told=_told(entries, end),
        end=decision if isinstance(decision, Ended) else None,
        end_place=None if end is None else end.place,
    )


def _told(entries: Sequence[JournalEntry], end: JournalEntry | None) -> tuple[Told, ...]:
    """Return what the account is told; what an end overtakes is void."""
    told = [
        Told(entry.sequence, entry.place, entry.decision.command)
        for entry in entries
        if isinstance(entry.decision, Commanded) and (end is None or entry.place <= end.place)
    ]
    if end is None or not isinstance(end.decision, Ended) or not end.decision.flatten:
        return tuple(told)
    commands = [Command.KILL] if end.decision.kill else [Command.PAUSE, Command.FLATTEN]
    return (*told, *(Told(end.sequence, end.place, command) for command in commands))
