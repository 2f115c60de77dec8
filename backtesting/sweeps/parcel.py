"""An evaluator as bytes: arrays apart, so that whoever opens it copies none of them.

A user's strategy travels as the text of its file: a worker need not find that file, and what is
edited meanwhile changes nothing.
"""

import hashlib
import io
import mmap
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from backtesting.sweeps.evaluation import Evaluator
from strategies import Strategy
from strategies.factory import load_strategies
from strategies.user_files import StrategySource, load_file, version_of
from utils.errors import ConfigError

_ALIGNED = 64
"""Compiled loops load arrays faster that begin at whole cache lines."""


@dataclass(frozen=True, slots=True)
class StrategyText:
    """A strategy as it travels: its name, and for a user's its file."""

    name: str
    file_name: str = ""
    text: bytes = b""

    @classmethod
    def of(cls, source: StrategySource) -> "StrategyText":
        """Read a strategy's file, if it is a user's. Raises ConfigError if it has changed."""
        if source.built_in:
            return cls(source.name)
        text = source.path.read_bytes()
        if version_of(text) != source.version:
            problem = "has been edited since it was loaded: start again"
            raise ConfigError(f"strategy {source.name}", problem=problem)
        return cls(source.name, source.path.name, text)

    def kind(self) -> type[Strategy]:
        """Return the class. Raises ConfigError if the file no longer defines it."""
        if not self.file_name:
            return load_strategies().sources[self.name].kind
        with tempfile.TemporaryDirectory(prefix="truetape-strategy-") as folder:
            path = Path(folder) / self.file_name
            path.write_bytes(self.text)
            loaded = load_file(path)
        for source in loaded.sources:
            if source.name == self.name:
                return source.kind
        problem = "; ".join(problem.message for problem in loaded.problems) or "is not in its file"
        raise ConfigError(f"strategy {self.name}", problem=problem)


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes of an evaluator, and their digest."""

    payload: bytes
    digest: str

    @classmethod
    def of(cls, evaluator: Evaluator, source: StrategySource) -> "Parcel":
        """Pack an evaluator of a strategy that is from `source`. Ambiguous candles stay so."""
        packer = _Packer(source)
        prepared = replace(evaluator.prepared, finer=None)
        payload = packer.packed(replace(evaluator, prepared=prepared))
        return cls(payload, hashlib.blake2b(payload, digest_size=16).hexdigest())


def open_bytes(payload: bytes | memoryview | mmap.mmap) -> Evaluator:
    """Return the evaluator in a parcel's payload, which stays in use."""
    view = memoryview(payload)
    count = int(np.frombuffer(view[:8], np.int64)[0])
    head = np.frombuffer(view[8 : 8 + 16 * count], np.int64).reshape(count, 2)
    ends = np.cumsum(_padded(head[:, 0])) + _padded(np.array([8 + 16 * count]))[0]
    blocks = [
        view[end - _padded(size) : end - _padded(size) + size]
        for end, size in zip(ends.tolist(), head[:, 0].tolist(), strict=True)
    ]
    arrays = [
        block.toreadonly() if frozen else block
        for block, frozen in zip(blocks[1:], head[1:, 1].tolist(), strict=True)
    ]
    return cast(Evaluator, pickle.loads(blocks[0], buffers=arrays))


def open_file(path: Path) -> Evaluator:
    """Return the evaluator in a file; all who open it share its memory.

    Pages are copied only where one is written to; nobody does.
    """
    with path.open("rb") as file:
        return open_bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


class _Packer(pickle.Pickler):
    """Packs one strategy's class as its text."""

    def __init__(self, source: StrategySource) -> None:
        self._stream = io.BytesIO()
        self._arrays: list[pickle.PickleBuffer] = []
        self._source = source
        super().__init__(self._stream, protocol=5, buffer_callback=self._arrays.append)

    def reducer_override(self, value: Any) -> Any:
        if value is self._source.kind:
            return StrategyText.kind, (StrategyText.of(self._source),)
        return NotImplemented

    def packed(self, value: Any) -> bytes:
        """Return a table of sizes and of what is read-only, the pickle, and the arrays."""
        self.dump(value)
        blocks = [memoryview(self._stream.getvalue()), *(array.raw() for array in self._arrays)]
        table = [(block.nbytes, block.readonly) for block in blocks]
        head = np.array([len(blocks)], np.int64).tobytes() + np.array(table, np.int64).tobytes()
        return b"".join(_with_padding([memoryview(head), *blocks]))


def _with_padding(blocks: Sequence[memoryview]) -> Iterator[bytes | memoryview]:
    for block in blocks:
        yield block
        yield bytes(_padded(block.nbytes) - block.nbytes)


def _padded(size: Any) -> Any:
    return -(-size // _ALIGNED) * _ALIGNED
