"""Files of bots: each makes a bot, or gives one another configuration when the file changes."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from bot_manager.config import BotConfig, read_bot_json
from bot_manager.errors import BotError, NothingChanged
from bot_manager.lifecycle import Rule
from bot_manager.ports import BotRepository
from bot_manager.status import CommandRequest
from bot_manager.versions import first_version
from data.errors import RepositoryUnavailable
from utils.clock import Clock
from utils.errors import ConfigError

log = logging.getLogger("truetape.bots")

_MAX_BYTES = 1_000_000
_LOOK_EVERY_S = 2.0

_Seen = dict[Path, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class BotFiles:
    """A folder of files; `start_new`: bots are started when their files make them."""

    folder: Path
    bots: BotRepository
    clock: Clock
    start_new: bool = False

    def watch(self, stop: Event) -> None:
        """Take files over whenever one is other than before, until told to stop."""
        seen: _Seen | None = None
        while not stop.is_set():
            found = _seen(self.folder)
            if found != seen:
                try:
                    self.take_over()
                    seen = found
                except RepositoryUnavailable as error:
                    log.warning("files of bots wait", extra={"problem": str(error)})
            stop.wait(_LOOK_EVERY_S)

    def take_over(self) -> None:
        """Store what the files say now. Raises RepositoryUnavailable."""
        configs = read_folder(self.folder)
        take_over(self.bots, configs, self.clock.now(), start_new=self.start_new)


def read_folder(folder: Path) -> list[BotConfig]:
    """Return the bots of a folder's files; one that is wrong is told and harms no other."""
    return [config for path in sorted(folder.glob("*.json")) if (config := _read(path))]


def take_over(
    bots: BotRepository, configs: Iterable[BotConfig], now: datetime, *, start_new: bool = False
) -> None:
    """Store what files say; what a person changed since the file was taken over stays."""
    for config in configs:
        try:
            _take_over(bots, config, now, start_new)
        except (BotError, ConfigError) as error:
            log.error("bot cannot be as its file says", extra={"problem": str(error)})  # noqa: TRY400


def _take_over(bots: BotRepository, config: BotConfig, now: datetime, start_new: bool) -> None:
    actor = f"file {config.name}"
    told = {"actor": actor, "reason": "its file says so", "made_at": now}
    versions = bots.versions(config.name)
    if not versions:
        bots.create(first_version(config, **told))  # type: ignore[arg-type]
        if start_new:
            bots.ask([CommandRequest(bot=config.name, command=Rule.START, **told)])  # type: ignore[arg-type]
        return
    from_file = [version for version in versions if version.actor == actor]
    if from_file and from_file[-1].config == config:
        return
    try:
        bots.revise(versions[-1].revised(config, **told))  # type: ignore[arg-type]
    except NothingChanged:
        return


def _seen(folder: Path) -> _Seen:
    """Return what tells whether a file is other than before."""
    found: _Seen = {}
    for path in folder.glob("*.json"):
        try:
            facts = path.stat()
        except OSError:
            continue  # It has just gone.
        found[path] = (facts.st_mtime_ns, facts.st_size)
    return found


def _read(path: Path) -> BotConfig | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(str(path), problem=f"larger than {_MAX_BYTES:,} bytes")
        return read_bot_json(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        log.error("file of a bot is wrong", extra={"path": str(path), "problem": str(error)})  # noqa: TRY400
        return None
