"""Files of bots: each creates a bot, or a new version when the file changes."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event

from bot_manager.domain.config import BotConfig, read_bot_json, require_instrument
from bot_manager.domain.lifecycle import LifecycleEvent
from bot_manager.domain.ports import BotRepository
from bot_manager.domain.status import CommandRequest
from bot_manager.domain.versions import first_version
from bot_manager.errors import NothingChanged
from data.errors import RepositoryUnavailable
from data.ports import InstrumentRepository
from utils.clock import Clock
from utils.files import FileState, folder_state
from utils.isolation import Isolation, ItemFailures
from utils.readers import read_text

log = logging.getLogger("truetape.bots")

_POLL_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class BotFiles:
    """A folder of bot files; `start_new`: start the bots that files create.

    A file that fails for any reason is isolated, listed in `failures` and tried again.
    """

    folder: Path
    bots: BotRepository
    instruments: InstrumentRepository
    clock: Clock
    start_new: bool = False
    failures: ItemFailures = field(default_factory=ItemFailures)

    def watch(self, stop: Event) -> None:
        """Import the files whenever one has changed, until `stop` is set."""
        seen: dict[Path, FileState] | None = None
        folder = Isolation("bot folder", self.clock, self.failures)
        while not stop.is_set():
            with folder.attempt(str(self.folder)):
                found = folder_state(self.folder, "*.json")
                if found != seen or self._isolation().has_due():
                    seen = None
                    try:
                        self.take_over()
                        seen = found
                    except RepositoryUnavailable as error:
                        log.warning(
                            "bot files not read: database unavailable",
                            extra={"problem": str(error)},
                        )
            stop.wait(_POLL_EVERY_S)

    def take_over(self) -> None:
        """Store the configurations of changed files; a user's later changes stay.

        Raises RepositoryUnavailable.
        """
        isolation = self._isolation()
        paths = sorted(self.folder.glob("*.json"))
        isolation.keep({path.name for path in paths})
        for path in paths:
            with isolation.attempt(path.name):
                config = read_file(path)
                if self.bots.get(config.name) is None:
                    # Tried again later: a collector may store the instrument.
                    require_instrument(config, self.instruments)
                _take_over(self.bots, config, self.clock.now(), self.start_new)

    def _isolation(self) -> Isolation:
        passing = (RepositoryUnavailable,)
        return Isolation("bot file", self.clock, self.failures, passing=passing)


def _take_over(bots: BotRepository, config: BotConfig, now: datetime, start_new: bool) -> None:
    actor = f"file {config.name}"
    authorship = {"actor": actor, "reason": "changed in its file", "made_at": now}
    versions = bots.versions(config.name)
    if not versions:
        bots.create(first_version(config, **authorship))  # type: ignore[arg-type]
        if start_new:
            start = CommandRequest(
                bot=config.name,
                command=LifecycleEvent.START,
                **authorship,  # type: ignore[arg-type]
            )
            bots.request([start])
        return
    from_file = [version for version in versions if version.actor == actor]
    if from_file and from_file[-1].config == config:
        return
    try:
        bots.revise(versions[-1].revised(config, **authorship))  # type: ignore[arg-type]
    except NothingChanged:
        return


def read_file(path: Path) -> BotConfig:
    """Read a bot's configuration from a file. Raises ConfigError."""
    return read_bot_json(read_text(path), source=str(path))
