"""What a user's code may change for everything else in its process, and how it is put back."""

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
        """Return what holds now, as a copy."""
        return cls(decimal.getcontext().copy(), os.getcwd(), dict(np.geterr()))  # noqa: PTH109

    def restore(self) -> None:
        """Put this process back into this state."""
        decimal.setcontext(self.context.copy())
        os.chdir(self.folder)
        np.seterr(**self.numpy_errors)
