"""The state of TimescaleDB on a server, its description and consequences."""

import pytest

from database.timescale_info import Hypertable, TimescaleInfo, TimescaleState

TRADE = Hypertable(name="trade", packing=True, chunks=8, packed_chunks=2, size_bytes=1)
INSTALLED = {"available": "2.29.2", "installed": "2.29.2"}


@pytest.mark.parametrize(
    ("facts", "state", "description"),
    [
        (TimescaleInfo(), TimescaleState.PLAIN, "plain"),
        (
            TimescaleInfo(available="2.29.2"),
            TimescaleState.AVAILABLE,
            "available (2.29.2), not preloaded",
        ),
        (
            TimescaleInfo(available="2.29.2", preloaded=True),
            TimescaleState.READY,
            "available (2.29.2), not active",
        ),
        (
            TimescaleInfo(**INSTALLED, licence="timescale", tables=(TRADE,)),
            TimescaleState.ACTIVE,
            "active (2.29.2, licence timescale, 8 chunks, 25 % compressed)",
        ),
    ],
)
def test_each_case_has_its_description(
    facts: TimescaleInfo, state: TimescaleState, description: str
) -> None:
    assert facts.state is state
    assert facts.describe() == description


def test_a_missing_library_is_reported_with_its_remedy() -> None:
    facts = TimescaleInfo(**INSTALLED)
    assert facts.state is TimescaleState.NOT_LOADED
    assert not facts.usable
    assert "shared_preload_libraries" in facts.describe()


def test_the_free_licence_makes_hypertables_and_packs_nothing() -> None:
    facts = TimescaleInfo(**INSTALLED, licence="apache")
    assert facts.usable
    assert not facts.has_columnstore


def test_chunks_packed_under_another_licence_are_reported_to_be_unreadable() -> None:
    facts = TimescaleInfo(**INSTALLED, licence="apache", tables=(TRADE,))
    assert "cannot be read under this licence" in facts.describe()


@pytest.mark.parametrize(("version", "has"), [("2.17.2", False), ("2.18.0", True), ("3.0", True)])
def test_an_old_version_packs_nothing(version: str, has: bool) -> None:
    facts = TimescaleInfo(available=version, installed=version, licence="timescale")
    assert facts.has_columnstore is has
