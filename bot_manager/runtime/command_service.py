"""Create, configure and command bots on behalf of a user; invalid requests are refused."""

from collections.abc import Sequence

from bot_manager.domain.config import BotConfig, read_bot, require_instrument
from bot_manager.domain.lifecycle import LifecycleEvent, desired_state_of, next_state
from bot_manager.domain.ports import BotRepository
from bot_manager.domain.status import (
    BotCommand,
    CommandRequest,
    FleetCommand,
    FleetRequest,
)
from bot_manager.domain.topics import BOT_COMMANDS
from bot_manager.domain.versions import ConfigVersion, first_version
from bot_manager.errors import UnknownBot, UnknownVersion
from data.ports import InstrumentRepository
from utils.clock import Clock
from utils.messaging import Bus, BusUnavailable

ALL_BOTS = "*"
"""Bus key of a command to all bots; no bot can have this name."""


class BotCommandService:
    """Creates, changes, clones and commands bots on behalf of a named user."""

    def __init__(
        self,
        bots: BotRepository,
        instruments: InstrumentRepository,
        bus: Bus,
        clock: Clock,
        actor: str,
    ) -> None:
        self._bots = bots
        self._instruments = instruments
        self._bus = bus
        self._clock = clock
        self._actor = actor

    def create(self, config: BotConfig, reason: str = "") -> ConfigVersion:
        """Store a new bot. Raises NameTaken, UnknownInstrument."""
        require_instrument(config, self._instruments)
        version = first_version(config, actor=self._actor, reason=reason, made_at=self._clock.now())
        self._bots.create(version)
        return version

    def change(self, config: BotConfig, reason: str = "") -> ConfigVersion:
        """Store the next version of a configuration; it applies from the next start.

        Raises UnknownBot, UnreadableVersion, NothingChanged, ConfigError, LedgerConflict.
        """
        version = self.newest(config.name).revised(
            config, actor=self._actor, reason=reason, made_at=self._clock.now()
        )
        self._bots.revise(version)
        return version

    def clone(self, name: str, new_name: str, reason: str = "") -> ConfigVersion:
        """Store a new bot with the configuration of another.

        Raises UnknownBot, UnreadableVersion, NameTaken, UnknownInstrument, ConfigError.
        """
        config = self.newest(name).config.model_dump() | {"name": new_name}
        return self.create(read_bot(config), reason or f"as {name}")

    def rollback(self, name: str, number: int, reason: str = "") -> ConfigVersion:
        """Store the configuration of an older version as the next one.

        Raises UnknownBot, UnknownVersion, UnreadableVersion, NothingChanged.
        """
        versions = {version.number: version for version in self._bots.versions(name)}
        if not versions:
            raise UnknownBot(name)
        if number not in versions:
            raise UnknownVersion(name, number, len(versions))
        return self.change(versions[number].config, reason or f"rollback to version {number}")

    def newest(self, name: str) -> ConfigVersion:
        """Return a bot's newest configuration. Raises UnknownBot, UnreadableVersion."""
        versions = self._bots.versions(name)
        if not versions:
            raise UnknownBot(name)
        return versions[-1]

    def command(
        self, names: Sequence[str], command: LifecycleEvent, reason: str = ""
    ) -> list[BotCommand]:
        """Store a command to each bot, all or none. Raises UnknownBot, IllegalTransition."""
        for name in names:
            self._require(name, command)
        now = self._clock.now()
        stored = self._bots.request(
            [
                CommandRequest(
                    bot=name, command=command, actor=self._actor, reason=reason, made_at=now
                )
                for name in names
            ]
        )
        for one in stored:
            self._publish(one.request)
        return stored

    def command_all(self, command: LifecycleEvent, reason: str = "") -> FleetCommand:
        """Store one command to every bot that can execute it when it is processed."""
        request = FleetRequest(
            command=command, actor=self._actor, reason=reason, made_at=self._clock.now()
        )
        stored = self._bots.request_all(request)
        self._publish(request.of(ALL_BOTS))
        return stored

    def _require(self, name: str, command: LifecycleEvent) -> None:
        status = self._bots.get(name)
        if status is None:
            raise UnknownBot(name)
        next_state(name, status.state, command, desired_state_of(command) or status.desired_state)

    def _publish(self, request: CommandRequest) -> None:
        try:
            self._bus.publish(BOT_COMMANDS, request.bot, request)
        except BusUnavailable:
            return  # The command is stored: the manager finds it at its next poll.
