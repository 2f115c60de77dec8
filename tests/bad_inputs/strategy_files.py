"""Bad files of strategies by name: their text, and what the problem must name beside the file."""

_HEAD = "from pydantic import Field\nfrom strategies import Exits, Strategy\nimport numpy as np\n"
_CLASS = _HEAD + "class {name}(Strategy):\n    '''A strategy.'''\n"
_RULE = """
    def indicators(self):
        return {}

    def directions(self, frame):
        return np.zeros(len(frame), np.int8)
"""


def _class(name: str, body: str) -> bytes:
    return (_CLASS.format(name=name) + body).encode()


STRATEGY_FILES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("defines no strategy",)),
    "no_strategy": (b"x = 1\n", ("defines no strategy",)),
    "syntax": (b"class A(:\n    pass\n", (":1",)),
    "indentation": (b"def a():\npass\n", (":2",)),
    "nul": (b"x = 'a\0b'\n", ("null",)),
    "no_utf8": (b"x = '\xff'\n", ()),
    "missing_package": (b"import surely_not_installed\n", ("surely_not_installed", ":1")),
    "missing_name": (b"from strategies import Nope\n", ("Nope",)),
    "raises": (b"x = 1\nraise ValueError('no model here')\n", ("no model here", ":2")),
    "divides": (b"x = 1 / 0\n", ("ZeroDivisionError", ":1")),
    "recursion": (b"def f():\n    return f()\nf()\n", ("RecursionError",)),
    "exits": (b"import sys\nsys.exit(3)\n", ("SystemExit",)),
    "no_rule": (_class("NoRule", "    length: int = 5\n"), ("NoRule", "directions")),
    "twice": (_class("Twice", "    length: int = 5\n" + _RULE), ()),
    "built_in_name": (_class("EmaCrossover", "    length: int = 5\n" + _RULE), ("EmaCrossover",)),
    "bad_default": (
        _class("BadDefault", "    length: int = 'five'\n" + _RULE),
        ("BadDefault", "length: must be a whole number", "was 'five'", "give it a default"),
    ),
    "no_default": (_class("NoDefault", "    length: int\n" + _RULE), ("length: is required",)),
    "default_out_of_bounds": (
        _class("OutOfBounds", "    length: int = Field(default=0, ge=1)\n" + _RULE),
        ("length: must be at least 1, was 0", "give it a default"),
    ),
    "bad_exits": (
        _class("BadExits", "    exits: Exits = {'stop_loss_bps': 'x'}\n" + _RULE),
        ("exits.stop_loss_bps: must be a whole number, was 'x'", "give it a default"),
    ),
    "bad_gaps": (
        _class("BadGaps", "    gaps = 'skp'\n" + _RULE),
        ("BadGaps: gaps must be one of flat, skip, was 'skp'",),
    ),
    "bad_lookback": (
        _class("BadLookback", "    lookback = '5'\n" + _RULE),
        ("lookback must be a whole number of at least 0, was '5'",),
    ),
    "negative_lookback": (_class("Negative", "    lookback = -1\n" + _RULE), ("was -1",)),
    "bad_title": (_class("BadTitle", "    title = 7\n" + _RULE), ("title must be a text, was 7",)),
    "bad_second": (
        _class("BadSecond", "    def second(self):\n        return '1h'\n" + _RULE),
        ("second() must return a SecondTimeframe or None, returned '1h'",),
    ),
}
