"""Bad files for imports by name: the command's kind, the bytes, and what the problem must name."""

TRADES, CANDLES = "import-trades", "import-candles"
_HEAD = {
    TRADES: b"id,time,price,size,side\n",
    CANDLES: b"open_time,open,high,low,close,volume\n",
}
_GOOD = {TRADES: "1,1736121600000,100,1,buy", CANDLES: "1736121600000,1,2,1,2,5"}
# Field by field: what no row may hold there.
_WRONG = {
    TRADES: {
        "id": ("", "abc", "1.5", "-1", "9" * 30, "nan"),
        "time": ("", "noon", "-1", "9" * 30, "1e308", "nan", "4102444800000"),
        "price": ("", "abc", "0", "-1", "nan", "inf", "1e999999999", "9" * 400, "1,5", "0x10"),
        "size": ("", "abc", "0", "-1", "nan", "inf", "1e999999999"),
        "side": ("", "sideways", "1"),
    },
    CANDLES: {
        "open_time": ("", "noon", "-1", "9" * 30, "4102444800000"),
        "open": ("", "abc", "0", "-1", "nan", "inf", "1e999999999", "3"),
        "high": ("", "nan", "0.5"),
        "volume": ("", "abc", "-1", "nan", "inf"),
    },
}


def _with(kind: str, field: str, text: str) -> bytes:
    fields = _HEAD[kind].decode().strip().split(",")
    cells = _GOOD[kind].split(",")
    cells[fields.index(field)] = f'"{text}"' if "," in text else text
    return _HEAD[kind] + ",".join(cells).encode() + b"\n"


IMPORTED_FILES: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    **{
        f"{kind} {field}={text[:20]}": (
            kind,
            _with(kind, field, text),
            ("line 2", field.removeprefix("open_")),
        )
        for kind, fields in _WRONG.items()
        for field, texts in fields.items()
        for text in texts
    },
    **{
        f"{kind} {name}": (kind, content, names)
        for kind, head in _HEAD.items()
        for name, content, names in (
            ("empty", b"", ("file.csv",)),
            ("header alone", head, ("no",)),
            ("no header", b"\n\n\n", ()),
            ("binary", bytes(range(256)) * 10, ()),
            ("no UTF-8", head + b"\xff\xfe\n", ()),
            ("NUL", head + _GOOD[kind].encode().replace(b"1", b"1\0", 1) + b"\n", ()),
            ("short row", head + b"1,2\n", ("line 2",)),
            ("long row", head + _GOOD[kind].encode() + b",1,2,3\n", ("line 2",)),
            ("long cell", head + b"x" * 200_000 + b"\n", ()),
            ("open quote", head + b'"1,2,3\n', ("file.csv",)),
        )
    },
}
