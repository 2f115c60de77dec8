"""Evaluators as bytes: arrays are stored separately, so that readers copy none of them.

The files of a user's strategy are included: workers need not find them, and later edits have no
effect.
"""

import hashlib
import mmap
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from backtesting.sweeps.evaluation import Evaluator

_ALIGNED = 64
"""Compiled loops load arrays faster if they start at whole cache lines."""


@dataclass(frozen=True, slots=True)
class SweepPayload:
    """The bytes of an evaluator, and their digest."""

    payload: bytes
    digest: str

    @classmethod
    def of(cls, evaluator: Evaluator) -> "SweepPayload":
        """Pack an evaluator, without finer data for ambiguous candles.

        Raises ConfigError if a file of its strategy has changed since it was loaded.
        """
        prepared = replace(evaluator.prepared, intrabar=None)
        payload = _packed(replace(evaluator, prepared=prepared))
        return cls(payload, hashlib.blake2b(payload, digest_size=16).hexdigest())


def open_bytes(payload: bytes | memoryview | mmap.mmap) -> Evaluator:
    """Unpack the evaluator of a payload, whose memory stays in use."""
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
    """Unpack the evaluator in a file; all its readers share its memory.

    A page is copied only on a write, and evaluators do not write.
    """
    with path.open("rb") as file:
        return open_bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _packed(value: Any) -> bytes:
    """Pack a table of sizes and read-only flags, the pickle, and the arrays."""
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    blocks = [memoryview(pickled), *(array.raw() for array in arrays)]
    table = [(block.nbytes, block.readonly) for block in blocks]
    head = np.array([len(blocks)], np.int64).tobytes() + np.array(table, np.int64).tobytes()
    return b"".join(_with_padding([memoryview(head), *blocks]))


def _with_padding(blocks: Sequence[memoryview]) -> Iterator[bytes | memoryview]:
    for block in blocks:
        yield block
        yield bytes(_padded(block.nbytes) - block.nbytes)


def _padded(size: Any) -> Any:
    return -(-size // _ALIGNED) * _ALIGNED
