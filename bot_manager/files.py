"""Files of bots: each makes a bot, or gives one another configuration when the file changes."""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bot_manager.config import BotConfig, read_bot_json
from bot_manager.errors import BotError, NothingChanged
from bot_manager.ports import BotRepository
from bot_manager.versions import first_version
from utils.errors import ConfigError

log = logging.getLogger("truetape.bots")

_MAX_BYTES = 1_000_000


def read_folder(folder: Path) -> list[BotConfig]:
    """Return the bots of a folder's files; one that is wrong is told and harms no other."""
    return [config for path in sorted(folder.glob("*.json")) if (config := _read(path))]


def take_over(bots: BotRepository, configs: Iterable[BotConfig], now: datetime) -> None:
    """Store what files say; what a person changed since the file was taken over stays."""
    for config in configs:
        try:
            _take_over(bots, config, now)
        except (BotError, ConfigError) as error:
            log.error("bot cannot be as its file says", extra={"problem": str(error)})  # noqa: TRY400


def _take_over(bots: BotRepository, config: BotConfig, now: datetime) -> None:
    told = {"actor": f"file {config.name}", "reason": "its file says so", "made_at": now}
    versions = bots.versions(config.name)
    if not versions:
        bots.create(first_version(config, **told))  # type: ignore[arg-type]
        return
    from_file = [version for version in versions if version.actor == told["actor"]]
    if from_file and from_file[-1].config == config:
        return
    try:
        bots.revise(versions[-1].revised(config, **told))  # type: ignore[arg-type]
    except NothingChanged:
        return


def _read(path: Path) -> BotConfig | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(str(path), problem=f"larger than {_MAX_BYTES:,} bytes")
        return read_bot_json(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        log.error("file of a bot is wrong", extra={"path": str(path), "problem": str(error)})  # noqa: TRY400
        return None
