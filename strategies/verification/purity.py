"""The purity check: a strategy's source must not read the clock, files or the network.

Reading declared resources is allowed; at run time no other files can be read.
"""

import ast
from collections.abc import Iterator

from strategies.user_code.file_syntax import resource_names
from strategies.verification.report import StrategyVerificationCheck, StrategyVerificationFinding

_MODULES = frozenset(
    {
        "asyncio", "ftplib", "http", "httpx", "os", "pathlib", "psycopg2", "random", "redis",
        "requests", "secrets", "shelve", "socket", "sqlalchemy", "sqlite3", "subprocess", "time",
        "urllib", "websockets",
    }
)  # fmt: skip
_CALLS = frozenset({"input", "exec", "eval", "__import__"})
_METHODS = frozenset({"now", "today", "utcnow"})


def check_purity(source: str) -> StrategyVerificationCheck:
    """Find calls and imports through which more than the frame could decide."""
    tree = ast.parse(source)
    reads = bool(resource_names(source.encode()))
    found = sorted(_impurities(tree, may_read=reads))
    findings = tuple(StrategyVerificationFinding(f"line {line}: {what}") for line, what in found)
    rule = "decisions depend on the frame only: no clock, random numbers, files or network"
    return StrategyVerificationCheck("purity", rule, 1, findings)


def _impurities(tree: ast.Module, *, may_read: bool) -> Iterator[tuple[int, str]]:
    impure = _MODULES - {"pathlib"} if may_read else _MODULES
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (
            _is_impure(node.func) or (not may_read and _reads(node.func))
        ):
            yield node.lineno, f"calls {ast.unparse(node.func)}()"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            modules = names if isinstance(node, ast.Import) else [node.module or ""]
            yield from (
                (node.lineno, f"imports {name}")
                for name in modules
                if name.partition(".")[0] in impure
            )


def _is_impure(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _CALLS
    if isinstance(function, ast.Attribute):
        return function.attr in _METHODS
    return False


def _reads(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "open"
    if isinstance(function, ast.Attribute):
        return function.attr.startswith(("read_", "from_file", "loadtxt", "genfromtxt"))
    return False
