"""What a server says of TimescaleDB, in words and in consequences."""

import pytest

from database.timescale_facts import Facts, Hypertable, State

TRADE = Hypertable(name="trade", packing=True, chunks=8, packed_chunks=2, size_bytes=1)
INSTALLED = {"available": "2.29.2", "installed": "2.29.2"}


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (Facts(), State.PLAIN, "plain"),
        (Facts(available="2.29.2"), State.AVAILABLE, "available (2.29.2), not preloaded"),
        (
            Facts(available="2.29.2", preloaded=True),
            State.READY,
            "available (2.29.2), not active",
        ),
        (
            Facts(**INSTALLED, licence="timescale", tables=(TRADE,)),
            State.ACTIVE,
            "active (2.29.2, licence timescale, 8 chunks, 25 % packed)",
        ),
    ],
)
def test_each_case_has_its_words(facts: Facts, state: State, words: str) -> None:
    assert facts.state is state
    assert facts.in_words() == words


def test_a_missing_library_is_told_with_its_remedy() -> None:
    facts = Facts(**INSTALLED)
    assert facts.state is State.NOT_LOADED
    assert not facts.usable
    assert "shared_preload_libraries" in facts.in_words()


def test_the_free_licence_makes_hypertables_and_packs_nothing() -> None:
    facts = Facts(**INSTALLED, licence="apache")
    assert facts.usable
    assert not facts.has_columnstore


def test_chunks_packed_under_another_licence_are_told_to_be_unreadable() -> None:
    facts = Facts(**INSTALLED, licence="apache", tables=(TRADE,))
    assert "cannot be read under this licence" in facts.in_words()


@pytest.mark.parametrize(("version", "has"), [("2.17.2", False), ("2.18.0", True), ("3.0", True)])
def test_an_old_version_packs_nothing(version: str, has: bool) -> None:
    facts = Facts(available=version, installed=version, licence="timescale")
    assert facts.has_columnstore is has
