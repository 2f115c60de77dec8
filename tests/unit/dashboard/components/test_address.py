"""The address, the controls and what is read are always equal."""

from dashboard.components.address import AddressField, Changes, changes_of, query_of, search_of

FIELDS = (
    AddressField(name="range", default="30d", control="the-range"),
    AddressField(name="search", control="the-search"),
    AddressField(name="currency"),
    AddressField(name="benchmark", control="the-benchmark", prop="checked"),
    AddressField(name="by", default="strategy", control="the-groups", is_read=False),
)
USUAL = {"range": "30d", "search": "", "currency": "", "benchmark": "", "by": "strategy"}
READ = {name: value for name, value in USUAL.items() if name != "by"}


def test_an_address_without_values_has_the_defaults() -> None:
    assert query_of(None, FIELDS) == query_of("", FIELDS) == query_of("?x=1", FIELDS) == USUAL


def test_defaults_are_left_out_of_the_address() -> None:
    assert search_of(USUAL, FIELDS) == ""
    assert search_of(USUAL | {"range": "7d", "search": "a b&c"}, FIELDS) == (
        "?range=7d&search=a+b%26c"
    )


def test_an_address_is_read_as_it_was_written() -> None:
    query = USUAL | {"search": "ä=&?", "benchmark": "1", "by": "hour"}
    assert query_of(search_of(query, FIELDS), FIELDS) == query


def test_an_opened_page_shows_its_address_in_the_controls() -> None:
    changes = changes_of(
        FIELDS, "?range=7d&benchmark=1", [None, None, None, None], None, by_control=False
    )
    assert changes.search is None
    assert changes.read == READ | {"range": "7d", "benchmark": "1"}
    assert changes.values == ["7d", "", True, "strategy"]


def test_a_control_changes_the_address_and_what_is_read() -> None:
    changes = changes_of(FIELDS, "", ["7d", "", False, "strategy"], READ, by_control=True)
    assert changes == Changes("?range=7d", READ | {"range": "7d"}, [None] * 4)


def test_a_value_without_a_control_stays_when_a_control_changes() -> None:
    known = READ | {"currency": "BTC"}
    changes = changes_of(
        FIELDS, "?currency=BTC", ["30d", "", True, "strategy"], known, by_control=True
    )
    assert changes.search == "?currency=BTC&benchmark=1"
    assert changes.read == known | {"benchmark": "1"}


def test_a_choice_of_what_is_shown_reads_nothing_again() -> None:
    changes = changes_of(FIELDS, "", ["30d", "", False, "hour"], READ, by_control=True)
    assert changes == Changes("?by=hour", None, [None] * 4)


def test_back_shows_the_values_of_before() -> None:
    known = READ | {"search": "alice"}
    changes = changes_of(FIELDS, "", ["30d", "alice", False, "strategy"], known, by_control=False)
    assert changes == Changes(None, READ, [None, "", None, None])


def test_spaces_around_a_text_are_no_change() -> None:
    changes = changes_of(FIELDS, "", ["30d", "  ", False, "strategy"], READ, by_control=True)
    assert (changes.search, changes.read) == (None, None)
