"""Names and docstrings speak the field's language: old words are gone, and none comes back.

`language_debt.json` lists what today's code still holds. It can only shrink: an entry that is no
longer in the code fails the test until `uv run python tests/architecture/test_language.py` removes
it; that command never adds one.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DEBT = Path(__file__).with_name("language_debt.json")
PACKAGES = (
    "config", "data", "database", "dashboard", "strategies", "bot_manager", "backtesting", "utils",
    "scripts",
)  # fmt: skip
FROZEN = "database/migrations/"  # the history of the schema, as it was once run


def by_word(replacements: dict[str, str]) -> dict[str, str]:
    return {word: new for old, new in replacements.items() for word in old.split()}


# Words of the private language, with what replaces them, in identifiers, docstrings and texts.
EVERYWHERE = by_word({
    "tell tells told telling teller": "notify, publish, emit, return",
    "say says said saying": "report, return, describe",
    "speak speaks speaking spoke spoken talk talks talking": "send, use the protocol",
    "ask asks asked asking": "request, query",
    "asker askers": "requester",
    "hear hears heard hearing unheard deaf ear mouth": "receive, receiver; disconnected",
    "bell bells doorbell ring rings ringing rang rung": "publisher, publish",
    "look looks looking looked sight sights sighted": "poll, read, search; snapshot",
    "opinion opinions judge judges judged judging judgement judgements": "evaluate, evaluation",
    "verdict verdicts": "evaluation, verification result, status",
    "proof proofs prove proves proved proven proving prover": "verification, verify, verifier",
    "desk office board room rooms": "service, context, queue; space",
    "shelf shelves bank": "cache, buffer",
    "book books": "registry, store, index; ledger",
    "door doors doorkeeper": "validation, authenticator; route",
    "watchman courier roster crew workforce keeper": "evaluator, sender, registry, pool, scheduler",
    "nurse visitor stranger strangers culprit culprits": "supervisor; client, anonymous; cause",
    "person persons people": "user",
    "somebody nobody everybody anybody everyone anyone": "a user, all; passive voice",
    "story news": "detail, update",
    "trouble troubled troubles troubling": "degraded reason, problem",
    "living lived beginning begun": "active, start, started",
    "parcel piece pieces stretch stretched": "payload, chunk, segment",
    "lane lanes street": "connection, path",
    "letter letters": "scheduled message",
    "terrain strike strikes struck scene": "price path, fault activation, scope",
    "chore chores upkeep": "job, maintenance",
    "want wants wanted wanting unwanted wish wishes": "request; desired state",
    "believe believes believed": "apply",
    "learn learns learned learnt forget forgets forgot forgotten": "refresh, evict, remove",
    "remember remembers remembered": "cache, store",
    "know knows knew": "is_known, store",
    "obey obeys obeyed obeying": "apply, accept",
    "mend mends mended refold refolds refolded refolding": "repair, rebuild",
    "honesty dishonest": "selection bias",
    "fate fates doom deed deeds": "outcome, action",
    "hire hired bury buried": "start, reap",
    "hurry polite politely patience": "deadline, timeout, retry limit",
    "study studies": "sweep; indicator",
    "remark remarks": "warning, note",
})  # fmt: skip
IN_NAMES = by_word(
    {
        "admission": "validation",
        "house post posts": "request router, fault injector",
        "standing standings stood": "snapshot",
        "words wording": "format, label, text",
        "who whom whoever": "user, principal",
        "trip trips": "round trip",
        "figure figures": "metric, stats; a figure is a drawn one",
        "goal goals": "take profit, target",
        "dealing jump walk walked meet meets met meeting": "execution, on_print, on_bar, match",
        "hopeful scramble scrambled reinforced": "speculative run, future mutation, scaling pool",
        "need needs trail": "permission, requirement; audit log",
        "legacy": "carried account",
        "truth truths": "boolean, flag",
        "young blame restlessness twin twins": "recent, cause, volatility, duplicate",
    }
)
IN_PROSE = by_word(
    {
        "whoever whomever": "the caller, the client",
        "someone": "a user",
        "let lets": "allow, make",
        "lives die dies died dying": "is active, exits",
        "nought": "zero",
    }
)
# Terms of the field that hold such a word, their words joined by blanks.
COMPOUNDS = re.compile(
    r"\b(round trips?|walk forward|random walks?|order books?|(bid and )?ask prices?|bid and ask"
    r"|looks? ahead|looks? like|look ups?|look back|ring buffers?|george lane"
    r"|(small|lower case|first) letters?)\b"
)

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|CREATE|ALTER|JOIN|ORDER BY|ON)\b")


class Exemption(NamedTuple):
    names: str  # blank-separated
    paths: str  # a glob; `*` matches `/`, too
    reason: str


EXEMPT = (
    Exemption("ask tell", "backtesting/search/*", "Optuna's interface of a search"),
    Exemption("study _study", "backtesting/search/tpe.py", "Optuna's study"),
    Exemption("goal", "scripts/benchmarks/*", "a key of the rows of `--json`"),
    Exemption("ask", "data/simulator/market/*", "the ask price"),
    Exemption(
        "post_json http_post", "utils/alerts/notify/channels/http_post.py", "HTTP's method POST"
    ),
    Exemption("_NOBODY nobody", "database/embedded/account.py", "the account of Unix"),
    Exemption("words", "data/simulator/market/prng.py", "64 bits each of a generator"),
    Exemption("walk _walked", "data/simulator/market/synthetic.py", "a random walk"),
    Exemption("jump", "utils/clock.py", "the jump of a clock"),
    Exemption("_clock_jump_s", "utils/telemetry/host.py", "the jump of a clock"),
    Exemption("jump jump_ms _MAX_JUMP_MS", "data/simulator/*", "the jump of a clock"),
    Exemption("figure figures *_figure _figures Figure", "backtesting/report/*", "a drawn figure"),
    Exemption("figures", "dashboard/figures/*", "drawn figures"),
    Exemption("lanes MAX_LANES", "utils/password_hash.py", "the lanes of argon2"),
    Exemption(
        "goal heard", "bot_manager/trading/*", "fields of State: layout of the kernel, stored JSON"
    ),
)
# Modules named by a gerund that the field itself uses as the name of the thing.
GERUNDS = {
    "backtesting", "trading", "funding", "sizing", "messaging", "reporting", "logging",
    "accounting", "encoding", "overfitting", "resampling", "smoothing", "sorting",
    "listing",  # what an exchange lists
}  # fmt: skip
# Public classes that share a name on purpose, each with the reason.
NAMESAKES: dict[str, str] = {}

Findings = dict[str, dict[str, set[str]]]  # kind -> path -> what is wrong there


class Source(NamedTuple):
    """What one module says: its identifiers, docstrings, classes and texts."""

    path: str
    names: set[str]
    docstrings: list[tuple[str, str]]  # with what they describe
    classes: list[str]
    texts: list[str]  # what users may read: other strings with a blank in them, but no SQL


def module_name(path: str) -> str:
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return parts[-1]


def read_source(path: str, text: str) -> Source:
    source = Source(path, {module_name(path)}, [], [], [])
    constants: list[str] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=str(value)) if " " in value.strip():
                constants.append(value)
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                _add_definition(source, node)
            case _:
                source.names.update(_assigned(node))
    documented = {text for _, text in source.docstrings}
    source.texts.extend(
        value for value in constants if value not in documented and not SQL.search(value)
    )
    return source


def _add_definition(
    source: Source, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
) -> None:
    name = "module" if isinstance(node, ast.Module) else node.name
    if not isinstance(node, ast.Module):
        source.names.add(name)
    if isinstance(node, ast.ClassDef):
        source.classes.append(name)
    if text := ast.get_docstring(node, clean=False):
        source.docstrings.append((name, text))


def _assigned(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name


def words_of_name(name: str) -> list[str]:
    """Split at `_` and case; a dunder has no word of ours."""
    if name.startswith("__") and name.endswith("__"):
        return []
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def words_of_text(text: str) -> list[str]:
    """Return the words of a docstring but those that quote code."""
    return re.findall(r"[a-z]+", re.sub(r"`[^`]*`", " ", text.lower()))


def old_words(words: Iterable[str], *lists: dict[str, str]) -> set[str]:
    rest = COMPOUNDS.sub(" ", " ".join(words)).split()
    return {word for word in rest if any(word in old for old in lists)}


def exemption_of(path: str, name: str) -> Exemption | None:
    return next((
        one for one in EXEMPT
        if fnmatchcase(path, one.paths)
        and any(fnmatchcase(name, pattern) for pattern in one.names.split())
    ), None)  # fmt: skip


def check(source: Source) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in a module: its kind, and the name, or an old word and its place."""
    for name in source.names:
        if old_words(words_of_name(name), EVERYWHERE, IN_NAMES) and not exemption_of(
            source.path, name
        ):
            yield "names", name
    for owner, text in source.docstrings:
        yield from (("docstrings", f"{owner}: {word}") for word in _in_prose(source, text))
    for text in source.texts:
        excerpt = " ".join(text.split())[:40]
        yield from (("texts", f"{word}: {excerpt}") for word in _in_prose(source, text))
    name = module_name(source.path)
    if words_of_name(name)[-1:] and words_of_name(name)[-1].endswith("ing") and name not in GERUNDS:
        yield "modules", name


def _in_prose(source: Source, text: str) -> list[str]:
    found = old_words(words_of_text(text), EVERYWHERE, IN_PROSE)
    return [word for word in found if not exemption_of(source.path, word)]


def check_all(sources: Iterable[Source]) -> Findings:
    findings: Findings = defaultdict(lambda: defaultdict(set))
    for source in sources:
        for kind, entry in check(source):
            findings[kind][source.path].add(entry)
    return findings


def entries(findings: Findings) -> set[tuple[str, str, str]]:
    return {
        (kind, path, entry)
        for kind, paths in findings.items()
        for path, found in paths.items()
        for entry in found
    }


def namesakes(sources: Iterable[Source]) -> dict[str, list[str]]:
    paths = defaultdict(list)
    for source in sources:
        for name in source.classes:
            if not name.startswith("_"):
                paths[name].append(source.path)
    return {name: found for name, found in paths.items() if len(found) > 1}


@cache
def sources() -> list[Source]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = [str(path.relative_to(ROOT)) for path in [*files, ROOT / "main.py"]]
    return [read_source(n, (ROOT / n).read_text()) for n in names if not n.startswith(FROZEN)]


@cache
def todays_findings() -> Findings:
    return check_all(sources())


def frozen_debt() -> Findings:
    debt = json.loads(DEBT.read_text())
    return {kind: {p: set(found) for p, found in paths.items()} for kind, paths in debt.items()}


def with_advice(kind: str, path: str, entry: str) -> str:
    words = words_of_name(entry) if kind == "names" else words_of_text(entry)
    all_old = EVERYWHERE | IN_NAMES | IN_PROSE
    advice = "; ".join(f"{word} -> {all_old[word]}" for word in words if word in all_old)
    return f"{path}: {kind}: {entry} ({advice or 'name the thing, not the doing'})"


def test_no_old_word_comes_back() -> None:
    new = entries(todays_findings()) - entries(frozen_debt())
    assert sorted(with_advice(*entry) for entry in new) == []


def test_the_debt_holds_nothing_that_is_settled() -> None:
    settled = entries(frozen_debt()) - entries(todays_findings())
    assert sorted(settled) == [], "run `uv run python tests/architecture/test_language.py`"


def test_a_public_class_has_a_name_of_its_own() -> None:
    found = namesakes(sources())
    assert {name: paths for name, paths in found.items() if name not in NAMESAKES} == {}
    assert set(NAMESAKES) <= set(found), "no longer shared"


def test_every_exemption_is_used() -> None:
    texts = {
        (source.path, text)
        for source in sources()
        for text in source.names | {word for _, doc in source.docstrings for word in doc.split()}
        if old_words(words_of_name(text), EVERYWHERE, IN_NAMES)
    }
    used = {exemption_of(*text) for text in texts}
    assert [exemption for exemption in EXEMPT if exemption not in used] == []
    names = {name for source in sources() for name in source.names}
    assert sorted(GERUNDS - {"funding", "logging"} - names - set(PACKAGES)) == []


def test_the_vocabulary_defines_each_word_once_and_keeps_the_language() -> None:
    text = (ROOT / "docs" / "vocabulary.md").read_text()
    cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| ")]
    words = [word.strip() for cell in cells for word in cell.split(",") if cell.strip("- ")]
    defined = [word for word in words if word not in ("word", "name")]
    assert sorted(set(defined)) == sorted(defined)
    assert old_words(words_of_text(text), EVERYWHERE, IN_PROSE) == set()


MADE_UP = '''
"""Rings for whoever waits. The `desired_state` state, the best ask price and unknown books."""
import json as letters

class BellDesk:
    """Plain."""

    def hear_all(self, asker: str) -> None:
        """Return the order book of a round trip, and let it go."""
        self._told = lookback = walk_forward_round_trips = unknown_dashboard = asker
        with open(asker) as shelf:
            raise ValueError(f"{asker}: nobody is here", "SELECT told FROM study")

class _Room: ...
'''


def test_the_checker_reports_what_it_should() -> None:
    found = set(check(read_source("data/collectors/hearing.py", MADE_UP)))
    assert found == {
        ("modules", "hearing"),
        *(("names", n) for n in ("hearing", "letters", "BellDesk", "hear_all", "_told", "shelf")),
        *(("names", n) for n in ("_Room", "asker")),
        ("docstrings", "module: rings"),
        ("docstrings", "module: whoever"),
        ("docstrings", "module: books"),
        ("docstrings", "hear_all: let"),
        ("texts", "nobody: : nobody is here"),
    }


def test_the_checker_exempts_a_word_only_where_it_is_the_fields() -> None:
    text = "class Grid:\n    def ask(self) -> None:\n        pass\n"
    assert list(check(read_source("backtesting/search/made_up.py", text))) == []
    assert list(check(read_source("bot_manager/made_up.py", text))) == [("names", "ask")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BellDesk", ["bell", "desk"]),
        ("_HTTPDoor_2nd", ["http", "door", "nd"]),
        ("LOOK_EVERY_S", ["look", "every", "s"]),
        ("lookback", ["lookback"]),
        ("__post_init__", []),
    ],
)
def test_identifiers_are_split_at_underscores_and_case(name: str, words: list[str]) -> None:
    assert words_of_name(name) == words


def test_the_checker_reports_public_classes_of_one_name() -> None:
    text = "class Report: ...\nclass _Row: ...\n"
    assert namesakes([read_source(path, text) for path in ("a.py", "b.py")]) == {
        "Report": ["a.py", "b.py"]
    }


def shrink_debt() -> None:
    """Drop what is settled; start with all of today's where there is no debt yet."""
    today = todays_findings()
    left = entries(today) & entries(frozen_debt()) if DEBT.exists() else entries(today)
    debt: Findings = defaultdict(lambda: defaultdict(set))
    for kind, path, entry in left:
        debt[kind][path].add(entry)
    kinds = ",\n".join(
        f"  {json.dumps(kind)}: {{\n"
        + ",\n".join(
            f"    {json.dumps(p)}: {json.dumps(sorted(f))}" for p, f in sorted(paths.items())
        )
        + "\n  }"
        for kind, paths in sorted(debt.items())
    )
    DEBT.write_text(f"{{\n{kinds}\n}}\n")


if __name__ == "__main__":
    shrink_debt()
