"""The same process state for every query to a worker, whatever earlier code changed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from strategies.user_code.file_guard import guarded
from strategies.user_code.interpreter_state import InterpreterState
from strategies.workers.results import OutputLines

MAX_LINES = 100
MAX_LENGTH = 500


class ProcessStateGuard:
    """Restores after each query the state that this process had when this was created."""

    def __init__(self) -> None:
        self._state = InterpreterState.current()

    @contextmanager
    def applied(self) -> Iterator["CapturedOutput"]:
        """Guard files and capture output inside the block; restore the state after it."""
        printed = CapturedOutput()
        try:
            with redirect_stdout(printed), redirect_stderr(printed), guarded():
                yield printed
        finally:
            self._state.restore()


class CapturedOutput(io.TextIOBase):
    """Captures what a user's code prints, up to MAX_LINES lines."""

    def __init__(self) -> None:
        self._text = ""
        self._lines: list[str] = []
        self._left_out = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *whole, self._text = (self._text + text).split("\n")
        for line in whole:
            self._append(line)
        self._text = self._text[:MAX_LENGTH]
        return len(text)

    def lines(self) -> OutputLines | None:
        """Return what was printed, None if nothing was."""
        if self._text:
            self._append(self._text)
            self._text = ""
        if not self._lines:
            return None
        return OutputLines(tuple(self._lines), self._left_out)

    def _append(self, line: str) -> None:
        if len(self._lines) < MAX_LINES:
            self._lines.append(line[:MAX_LENGTH])
        else:
            self._left_out += 1
