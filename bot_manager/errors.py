"""Errors of the accounts.

TruetapeError
├── AccountError
│   ├── DoesNotFit             a value is too fine or too large for the account: rescale, or refuse
│   └── UnsupportedInstrument  the kernel has no arithmetic for it: choose another instrument
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
