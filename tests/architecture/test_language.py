"""Names, comments, docs and pages speak the field's language: old words are gone, none comes back.

Read are the packages, page scripts and style sheets, the docs, and of tests all but their texts,
which are data. A word that the field itself uses somewhere is an exemption there, with its reason.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.language_sources import (
    Source,
    module_name,
    namesakes,
    read_source,
    split_name,
    split_text,
)

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "config", "data", "database", "dashboard", "strategies", "bot_manager", "backtesting", "utils",
    "scripts",
)  # fmt: skip
READ = (
    "main.py", *(f"{package}/**/*.py" for package in PACKAGES), "tests/**/*.py", "*.md",
    "docs/**/*.md", "dashboard/assets/*.js", "dashboard/web/**/*.js", "dashboard/assets/*.css",
    "config/**/*.json", "docs/*.json",
)  # fmt: skip
NOT_READ = (
    "database/migrations/*",  # the history of the schema, as it was once run
    "tests/architecture/test_language.py",  # the words themselves
    "dashboard/assets/bootstrap-grid.min.css",  # not ours
)


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
    "judging": "evaluating",
    "provable unprovable": "verifiable, unverifiable",
    "newcomer newcomers": "new instrument, new row",
    "heal heals healed": "recover, restore",
    "witness witnesses": "second client, reference",
    "grave": "severe, destructive",
    "wished": "requested, given",
    "dealt": "distributed",
    "occasion occasions": "event, kind",
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
        "latched": "requested, accepted",
        "sandbox": "host; file guard: nothing here is a sandbox",
        "truth truths": "boolean, flag",
        "young blame restlessness twin twins": "recent, cause, volatility, duplicate",
        "honest patient": "valid, without leaks; slow",
        "parting": "first divergence",
    }
)
IN_PROSE = by_word(
    {
        "whoever whomever": "the caller, the client",
        "someone": "a user",
        "let lets": "allow, make",
        "lives die dies died dying": "is active, exits",
        "nought": "zero",
        "usually perhaps maybe": "the condition",
    }
)
# Terms of the field that hold such a word, their words joined by blanks.
COMPOUNDS = re.compile(
    r"\b(round trips?|walk forward|random walks?|order books?|(bid and )?ask prices?|bid and ask"
    r"|looks? ahead|looks? like|look(s|ed)? ups?|looks? back|ring buffers?|george lane"
    r"|(small|lower case|first) letters?|letter case)\b"
)


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
    Exemption(
        "figure figures figures_of empty_figure Figure Figures FIGURES ./core/figures.js",
        "*dashboard/*",
        "what Plotly calls a plot's data and layout",
    ),
    Exemption("looks", "strategies/library/*", "the text of a strategy's file is its version"),
    Exemption("lanes MAX_LANES", "utils/password_hash.py", "the lanes of argon2"),
    Exemption("jump jump_s", "tests/*", "the jump of a clock"),
    Exemption("post _post do_POST", "tests/*", "HTTP's method POST"),
    Exemption("post POST", "dashboard/web/*.js", "HTTP's method POST"),
    Exemption("polite", "dashboard/web/*.js", "a value of `aria-live`"),
    Exemption(
        "stretchFactor", "dashboard/web/chart/engines/lightweight.js", "of Lightweight Charts"
    ),
    Exemption("studies", "dashboard/web/chart/indicators.js", "layouts that browsers have stored"),
    Exemption("icon-bell", "dashboard/assets/shell.css", "icons are named by what they show"),
    Exemption(
        "figure figures test_*_figure test_figures_*",
        "tests/unit/backtesting/report/test_report.py",
        "drawn figures",
    ),
    Exemption(
        "goal heard", "bot_manager/trading/*", "fields of State: layout of the kernel, stored JSON"
    ),
)
# Modules named by a gerund that the field itself uses as the name of the thing.
GERUNDS = {
    "backtesting", "trading", "funding", "sizing", "messaging", "reporting", "logging",
    "encoding", "overfitting", "smoothing", "sorting",
    "listing",  # what an exchange lists
}  # fmt: skip
# Public classes that share a name on purpose, each with the reason.
NAMESAKES: dict[str, str] = {}


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
        if old_words(split_name(name), EVERYWHERE, IN_NAMES) and not exemption_of(
            source.path, name
        ):
            yield "names", name
    for owner, text in source.docstrings:
        yield from (("docstrings", f"{owner}: {word}") for word in _in_prose(source, text))
    for text in source.texts:
        yield from (("texts", f"{word}: {around(word, text)}") for word in _in_prose(source, text))
    name = module_name(source.path)
    if (
        source.path.endswith(".py")
        and split_name(name)[-1:]
        and split_name(name)[-1].endswith("ing")
        and name not in GERUNDS
    ):
        yield "modules", name


def _in_prose(source: Source, text: str) -> list[str]:
    found = old_words(split_text(text), EVERYWHERE, IN_PROSE)
    return [word for word in found if not exemption_of(source.path, word)]


def around(word: str, text: str) -> str:
    """Return the words about a word of a text, to find it by."""
    line = " ".join(text.split())
    found = re.search(rf"\b{word}\b", line, re.IGNORECASE)
    start = max(0, found.start() - 20) if found else 0
    return line[start : start + 40]


@cache
def sources() -> list[Source]:
    files = {str(path.relative_to(ROOT)) for glob in READ for path in ROOT.glob(glob)}
    names = [n for n in sorted(files) if not any(fnmatchcase(n, each) for each in NOT_READ)]
    return [read_source(name, (ROOT / name).read_text()) for name in names]


def sources_of_packages() -> list[Source]:
    return [source for source in sources() if source.path.startswith((*PACKAGES, "main.py"))]


def with_advice(path: str, kind: str, entry: str) -> str:
    words = split_name(entry) if kind == "names" else split_text(entry)
    all_old = EVERYWHERE | IN_NAMES | IN_PROSE
    advice = "; ".join(f"{word} -> {all_old[word]}" for word in words if word in all_old)
    return f"{path}: {kind}: {entry} ({advice or 'name the thing, not the doing'})"


def test_no_old_word_comes_back() -> None:
    found = {(source.path, *entry) for source in sources() for entry in check(source)}
    assert [with_advice(*entry) for entry in sorted(found)] == []


def test_a_public_class_has_a_name_of_its_own() -> None:
    found = namesakes(sources_of_packages())
    assert {name: paths for name, paths in found.items() if name not in NAMESAKES} == {}
    assert set(NAMESAKES) <= set(found), "no longer shared"


def test_every_exemption_is_used() -> None:
    texts = {
        (source.path, text)
        for source in sources()
        for text in source.names | {word for _, doc in source.docstrings for word in doc.split()}
        if old_words(split_name(text), EVERYWHERE, IN_NAMES)
    }
    used = {exemption_of(*text) for text in texts}
    assert [exemption for exemption in EXEMPT if exemption not in used] == []
    names = {name for source in sources() for name in source.names}
    assert sorted(GERUNDS - {"funding", "logging"} - names - set(PACKAGES)) == []


def test_the_vocabulary_defines_each_word_once_and_keeps_the_language() -> None:
    text = (ROOT / "docs" / "vocabulary.md").read_text()
    cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| ")]
    words = [word.strip() for cell in cells for word in cell.split(",") if cell.strip("- ")]
    defined = [word for word in words if word not in ("term", "word", "name")]
    assert sorted(set(defined)) == sorted(defined)
    assert old_words(split_text(text), EVERYWHERE, IN_PROSE) == set()


def test_terms_of_the_vocabulary_are_used_in_the_code() -> None:
    text = (ROOT / "docs" / "vocabulary.md").read_text()
    terms = text.split("## Terms")[1].split("## Types")[0]
    defined = [row.split("|")[1].strip() for row in terms.splitlines() if row.startswith("| ")]
    assert len(defined) > 9
    used = {
        word for source in sources_of_packages() for name in source.names
        for word in split_name(name)
    }  # fmt: skip
    assert set(defined) - {"term", "---"} <= used | {f"{word}s" for word in used}


def test_times_of_the_vocabulary_are_names_in_the_code() -> None:
    times = (ROOT / "docs" / "vocabulary.md").read_text().split("## Times")[1]
    cells = [row.split("|")[1] for row in times.splitlines() if row.startswith("| `")]
    defined = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert len(defined) > 9
    used = {name for source in sources_of_packages() for name in source.names}
    assert set(defined) <= used


MADE_UP = '''
"""Rings for whoever waits. The `desired_state` state, the best ask price and unknown books."""
import json as letters
import logging

log = logging.getLogger("truetape.collector.ear")

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
        *(("names", n) for n in ("_Room", "asker", "truetape.collector.ear")),
        ("docstrings", "module: rings"),
        ("docstrings", "module: whoever"),
        ("docstrings", "module: books"),
        ("docstrings", "hear_all: let"),
        ("texts", "nobody: : nobody is here"),
    }


SCRIPT = r"""
// The story of an order book.
const told = /"nobody `/.test(asked) ? "bells" : `said ${heard("what he wants", `${2}`)} aloud`;
grid.then((row) => row.books / 2 / total); // ask price
"""
STYLE = """
/* What is told. */
.bell-row > .lookback { --asker: url(told.svg); color: #bell; content: "said by"; }
"""
DOCUMENT = """
# The story

A `told` word, the [books](bells.md) and what nobody
knows.

```
said
```
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "made_up.js",
            SCRIPT,
            {
                ("docstrings", "comment: story"), ("names", "told"), ("names", "asked"),
                ("names", "bells"), ("names", "heard"), ("names", "books"),
                ("texts", "said: said … aloud"), ("texts", "wants: what he wants"),
            },
        ),
        (
            "made_up.css",
            STYLE,
            {("docstrings", "comment: told"), ("names", "bell-row"), ("names", "asker"),
             ("names", "bell"), ("texts", "said: said by")},
        ),
        (
            "made_up.md",
            DOCUMENT,
            {
                ("texts", "story: # The story"), ("texts", "knows: ks] and what nobody knows."),
                ("texts", "books: A `told` word, the [books] and what nobo"),
                ("texts", "nobody: he [books] and what nobody knows."),
            },
        ),
        ("made_up.json", '{"told": ["a bell rings", "bell"], "x": "says so"}',
            {("texts", "bell: a bell rings"), ("texts", "rings: a bell rings"),
             ("texts", "says: says so")}),
    ],
    ids=["script", "style", "document", "json"],
)  # fmt: skip
def test_other_files_are_read_by_their_own_rules(
    name: str, text: str, expected: set[tuple[str, str]]
) -> None:
    assert set(check(read_source(name, text))) == expected


def test_of_tests_texts_are_data_and_comments_are_read() -> None:
    text = "def test_who():  # nobody asks\n    assert 'nobody asks'\n"
    assert set(check(read_source("tests/unit/test_asking.py", text))) == {
        ("names", "test_who"), ("names", "asking"), ("modules", "asking"),
        ("docstrings", "comment: nobody"), ("docstrings", "comment: asks"),
    }  # fmt: skip


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
    assert split_name(name) == words


def test_the_checker_reports_public_classes_of_one_name() -> None:
    text = "class Report: ...\nclass _Row: ...\n"
    assert namesakes([read_source(path, text) for path in ("a.py", "b.py")]) == {
        "Report": ["a.py", "b.py"]
    }
