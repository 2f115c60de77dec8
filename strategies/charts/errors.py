"""Errors of chart layouts.

TruetapeError
└── LayoutRefused      report it; the user chooses another name
    ├── LayoutMissing
    └── LayoutNameTaken
"""

from utils.errors import TruetapeError


class LayoutRefused(TruetapeError):
    """A requested change of a layout is not possible."""


class LayoutMissing(LayoutRefused):
    """There is no layout of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"layout {name!r} does not exist; it may have been deleted")


class LayoutNameTaken(LayoutRefused):
    """Another layout has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"layout {name!r} exists already: choose another name")
