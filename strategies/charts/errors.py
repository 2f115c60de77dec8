"""Errors of chart layouts.

TruetapeError
└── LayoutRefused      say so, and let the person choose another name
    ├── LayoutMissing
    └── LayoutNameTaken
"""

from utils.errors import TruetapeError


class LayoutRefused(TruetapeError):
    """A layout cannot be what was asked for."""


class LayoutMissing(LayoutRefused):
    """There is no layout of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no layout {name!r}: somebody may have deleted it")


class LayoutNameTaken(LayoutRefused):
    """Another layout has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a layout {name!r} already: choose another name")
