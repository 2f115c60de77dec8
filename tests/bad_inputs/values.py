"""Wrong values for fields of each type. `RAW` marks JSON that no Python value makes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MISSING = object()
LONG, LONG_TEXT = "x" * 100_000, "x" * 10_000


@dataclass(frozen=True, slots=True)
class Raw:
    """A value written into JSON as it is."""

    text: str


NAN, INF, BIG_FLOAT, SURROGATE = Raw("NaN"), Raw("Infinity"), Raw("1e999"), Raw('"\\ud800"')
NUL = "a\0b"

_ANY = {"missing": MISSING, "null": None, "nested": {"a": [{}]}}
WRONG: dict[str, dict[str, object]] = {
    "text": _ANY | {"number": 7, "NUL": NUL, "100k": LONG, "surrogate": SURROGATE, "list": ["a"]},
    "id": _ANY
    | {
        "text": "seven", "fraction": 1.5, "1e308": 1e308, "huge": 10**40, "int64": 2**63,
        "negative": -1, "NaN": NAN, "list": [1], "text of it": "1",
    },
    "time": {"text": "noon", "fraction": 1.5, "huge": 10**40, "int64": 2**63, "list": [1]},
    "number": _ANY
    | {
        "text": "seven", "1e308": 1e308, "huge": 10**40, "negative": -1, "zero": 0, "NaN": NAN,
        "inf": INF, "1e999": BIG_FLOAT, "list": [1],
    },
    "texts": _ANY | {"text": "a", "numbers": [1], "NUL": [NUL], "100k": [LONG], "nested": [["a"]]},
    "ids": _ANY | {"number": 1, "texts": ["a"], "negative": [-1], "huge": [10**40], "null": [None]},
    "flag": {"null": None, "text": "yes", "number": 1, "list": []},
    "mapping": {"null": None, "text": "a", "list": [], "NUL": {"a": NUL}, "inf": {"a": BIG_FLOAT}},
}  # fmt: skip
OPTIONAL = ("missing", "null")


def wrong_values(kind: str) -> Iterator[tuple[str, object]]:
    """Yield what is wrong for a field, by name; `kind?`: it may be left out."""
    for name, value in WRONG[kind.rstrip("?")].items():
        if not (kind.endswith("?") and name == "missing"):
            yield name, value


def with_value(values: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return nested values with another one at a dotted path, or without it if it is MISSING."""
    first, _, rest = path.partition(".")
    copy = dict(values)
    if rest:
        copy[first] = with_value(copy.get(first) or {}, rest, value)
    elif value is MISSING:
        copy.pop(first, None)
    else:
        copy[first] = value
    return copy


def as_json(value: object) -> bytes:
    """Return JSON with raw values in their places."""
    raws: list[Raw] = []

    def mark(found: object) -> object:
        if isinstance(found, Raw):
            raws.append(found)
            return f"@raw{len(raws) - 1}@"
        if isinstance(found, dict):
            return {name: mark(part) for name, part in found.items()}
        return [mark(part) for part in found] if isinstance(found, list) else found

    text = json.dumps(mark(value))
    for number, raw in enumerate(raws):
        text = text.replace(f'"@raw{number}@"', raw.text)
    return text.encode()


def shown_value(value: object) -> tuple[str, ...]:
    """Return what an answer shows of a value: nothing of one that cannot be shown in a line."""
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 40:
        return (value,)
    return ()
