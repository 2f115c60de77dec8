import json

from hypothesis import given
from hypothesis import strategies as st

from data.collectors.config import FeedRules
from data.collectors.feed.subscriptions import (
    RequestBudget,
    Subscriptions,
    SubscriptionState,
    chunks,
    shards,
)
from data.collectors.okx.messages import OkxProtocol

A, B = "A-USDT", "B-USDT"


def test_a_symbol_is_live_when_acknowledged_and_delivering() -> None:
    subscriptions = Subscriptions([A, B])
    subscriptions.mark_requested([A, B], 0)
    subscriptions.mark_data(A)
    assert subscriptions.in_state(SubscriptionState.PENDING) == [A, B]
    assert subscriptions.acknowledge(A)
    assert not subscriptions.acknowledge(A)
    subscriptions.mark_data(A)
    assert subscriptions.in_state(SubscriptionState.LIVE) == [A]
    assert not subscriptions.settled
    assert subscriptions.fail(B)
    assert subscriptions.settled


def test_a_symbol_of_another_socket_is_not_ours() -> None:
    subscriptions = Subscriptions([A])
    assert not subscriptions.acknowledge(B)
    assert not subscriptions.fail(B)


def test_what_was_not_answered_is_repeated_once() -> None:
    subscriptions = Subscriptions([A, B])
    assert subscriptions.not_requested() == [A, B]
    subscriptions.mark_requested([A, B], 10)
    assert subscriptions.not_requested() == []
    assert subscriptions.unanswered(before_s=10) == []
    subscriptions.acknowledge(B)
    assert subscriptions.unanswered(before_s=20) == [A]
    assert not subscriptions.repeated([A])
    subscriptions.mark_requested([A], 20)
    assert subscriptions.repeated([A])
    subscriptions.renew(A)
    assert subscriptions.not_requested() == [A]
    assert not subscriptions.repeated([A])


def test_the_budget_of_requests_comes_back_after_an_hour() -> None:
    budget = RequestBudget(2)
    assert [budget.take(0), budget.take(1), budget.take(2)] == [True, True, False]
    assert not budget.take(3599)
    assert budget.take(3600)
    assert not budget.take(3600.5)
    assert budget.take(3601)


symbols = st.lists(
    st.text("ABCDEF-", min_size=1, max_size=40).map("X{}".format), unique=True, max_size=60
)


@given(symbols, st.integers(1, 12), st.integers(300, 900))
def test_requests_keep_their_limits_and_lose_nothing(
    names: list[str], most: int, most_bytes: int
) -> None:
    rules = FeedRules(args_per_request=most, bytes_per_request=most_bytes)
    protocol = OkxProtocol("okx", "trades-all")
    cut = chunks(names, rules, protocol.subscribe)
    assert [name for chunk in cut for name in chunk] == names
    for chunk in cut:
        text = protocol.subscribe(chunk)
        assert len(chunk) <= most
        assert len(text) <= most_bytes
        assert json.loads(text)["args"][0]["channel"] == "trades-all"


@given(symbols, st.integers(1, 7))
def test_sockets_carry_no_more_than_they_may(names: list[str], most: int) -> None:
    spread = shards(names, FeedRules(args_per_connection=most))
    assert sorted(name for shard in spread for name in shard) == sorted(names)
    assert len(spread) == -(-len(names) // most)
    assert all(len(shard) <= most for shard in spread)
