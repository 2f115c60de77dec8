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
        super().__init__(f"there is no layout {name!r}: somebody may have deleted it")


class LayoutNameTaken(LayoutRefused):
    """Another layout has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a layout {name!r} already: choose another name")
