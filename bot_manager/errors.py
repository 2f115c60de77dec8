"""Errors of bots and their accounts.

TruetapeError
├── AccountError
│   ├── DoesNotFit             a value is too fine or too large for the account: rescale, or refuse
│   └── UnsupportedInstrument  the kernel has no arithmetic for it: choose another instrument
├── BotError
│   ├── IllegalTransition      the bot's state does not allow it: tell the person
│   ├── UnknownBot             there is no bot of this name
│   ├── UnknownVersion         its configuration has no version of this number
│   ├── NameTaken              there is one already, or there was
│   ├── UnknownInstrument      nothing is stored of what it is to trade
│   ├── NothingChanged         the new configuration says what the one before said
│   └── LedgerMoved            another manager was here: read again from the store
└── ConfigError
    └── InvalidParameter       a parameter of an account breaks its rule: tell the person
"""

from utils.errors import ConfigError, TruetapeError


class AccountError(TruetapeError):
    """Something about an account is wrong."""


class DoesNotFit(AccountError):
    """A price, size or amount cannot be held exactly in the account's units."""

    def __init__(self, name: str, value: object, *, problem: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name} {value}: {problem}")


class UnsupportedInstrument(AccountError):
    """The kernel cannot account for this kind of instrument."""


class InvalidParameter(ConfigError, ValueError):
    """A parameter of an account breaks its rule; `field` and `problem` say which and why.

    A ValueError too, so that schemas report it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__("account", field=field, problem=problem)


class BotError(TruetapeError):
    """Something asked of a bot cannot be."""


class IllegalTransition(BotError):
    """A bot cannot do this in the state it is in; `allowed` are the states in which it can."""

    def __init__(self, bot: str, state: str, rule: str, allowed: tuple[str, ...]) -> None:
        self.bot, self.state, self.rule, self.allowed = bot, state, rule, allowed
        where = ", ".join(allowed) or "no state"
        super().__init__(f"bot {bot} is {state}: {rule} is possible when it is {where}")


class UnknownBot(BotError):
    """There is no bot of this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no bot {name!r}: `bots.py list` shows all")


class UnknownVersion(BotError):
    """A bot's configuration has no version of this number."""

    def __init__(self, name: str, number: int, newest: int) -> None:
        self.name, self.number = name, number
        super().__init__(f"bot {name!r} has no version {number}: they go from 1 to {newest}")


class NameTaken(BotError):
    """There is, or was, a bot of this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is a bot {name!r} already, or there was: choose another name")


class UnknownInstrument(BotError):
    """Nothing is stored of an instrument."""

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        super().__init__(
            f"instrument {instrument} is not known: collect it (config/collectors) or import its "
            "data first, or choose another"
        )


class NothingChanged(BotError):
    """A new configuration is the one before."""


class LedgerMoved(BotError):
    """What is stored is not what was believed to be: read it again, then go on from there."""
