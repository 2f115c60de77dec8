"""Errors of bots and their accounts.

TruetapeError
├── AccountError
│   ├── DoesNotFit             a value is too fine or too large for the account: rescale, or refuse
│   └── UnsupportedInstrument  the kernel has no arithmetic for it: choose another instrument
├── BotError
│   ├── IllegalTransition      the bot's state does not allow it: inform the user
│   ├── UnknownBot             no bot has this name (a NotFound too)
│   ├── UnknownVersion         its configuration has no version of this number (a NotFound too)
│   ├── UnreadableVersion      a stored version of its configuration is not valid: archive it
│   ├── NameTaken              another bot has, or had, this name
│   ├── UnknownInstrument      kind and steps of its instrument are not stored
│   ├── NothingChanged         the new configuration equals the one before
│   └── LedgerConflict            another manager has written: read the store again
└── ConfigError
    └── InvalidParameter       a parameter of an account breaks its rule: inform the user
"""

from utils.errors import ConfigError, NotFound, TruetapeError


class AccountError(TruetapeError):
    """Base of errors of an account."""


class DoesNotFit(AccountError):
    """A price, size or amount cannot be held exactly in the account's units."""

    def __init__(self, name: str, value: object, *, problem: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name} {value}: {problem}")


class UnsupportedInstrument(AccountError):
    """The kernel cannot account for this kind of instrument."""


class InvalidParameter(ConfigError, ValueError):
    """A parameter of an account breaks its rule; `field` and `problem` name it and the reason.

    A ValueError too, so that schemas report it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__("account", field=field, problem=problem)


class BotError(TruetapeError):
    """Base of errors of a request to a bot."""


class IllegalTransition(BotError):
    """The bot's state does not allow this event; `allowed` are the states that do."""

    def __init__(self, bot: str, state: str, event: str, allowed: tuple[str, ...]) -> None:
        self.bot, self.state, self.event, self.allowed = bot, state, event, allowed
        where = ", ".join(allowed) or "no state"
        super().__init__(f"bot {bot} is {state}: {event} is possible when it is {where}")


class UnknownBot(BotError, NotFound):
    """No bot has this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"bot {name!r} does not exist: `truetape bots list` shows all")


class UnknownVersion(BotError, NotFound):
    """A bot's configuration has no version of this number."""

    def __init__(self, name: str, number: int, newest: int) -> None:
        self.name, self.number = name, number
        super().__init__(f"bot {name!r} has no version {number}, only 1 to {newest}")


class UnreadableVersion(BotError):
    """A stored version of a bot's configuration is not valid under today's bounds."""

    def __init__(self, bot: str, number: int, problem: str) -> None:
        self.bot, self.number, self.problem = bot, number, problem
        super().__init__(
            f"Version {number} of the stored configuration of {bot} is not valid: {problem}. The "
            "bot cannot be started, changed or cloned: archive it "
            f"(truetape bots archive {bot}), and create another one with a valid value."
        )


class NameTaken(BotError):
    """A bot has, or had, this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the bot name {name!r} is, or was, in use: choose another")


class UnknownInstrument(BotError):
    """The kind and the steps of an instrument are not stored: no account can trade it."""

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        super().__init__(
            f"instrument {instrument} is unknown, or its kind and steps are: collect it "
            "(config/collectors), import its data with --kind, --price-step and --size-step, or "
            "choose another"
        )


class NothingChanged(BotError):
    """A new configuration equals the one before."""


class LedgerConflict(BotError):
    """The stored rows are not the expected ones: read them again, then continue from there."""
