"""The process-wide state that a user's code may change, and how it is restored."""

import decimal
import os
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class InterpreterState:
    """The decimal context, the working directory and numpy's handling of errors."""

    context: decimal.Context
    folder: str
    numpy_errors: dict[str, Any]

    @classmethod
    def current(cls) -> "InterpreterState":
        """Return a copy of the current state."""
        return cls(decimal.getcontext().copy(), os.getcwd(), dict(np.geterr()))  # noqa: PTH109

    def restore(self) -> None:
        """Restore this state in this process."""
        decimal.setcontext(self.context.copy())
        os.chdir(self.folder)
        np.seterr(**self.numpy_errors)
