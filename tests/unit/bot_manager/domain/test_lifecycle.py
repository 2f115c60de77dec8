"""States of a bot and their transitions."""

from itertools import product

import pytest

from bot_manager.domain.lifecycle import (
    ACTIVE,
    COMMANDS,
    MANAGED_STATES,
    BotState,
    LifecycleEvent,
    allowed_commands,
    desired_state_of,
    next_state,
)
from bot_manager.errors import IllegalTransition

S, R = BotState, LifecycleEvent


def next_state_of(state: BotState, rule: LifecycleEvent, desired: BotState = S.RUNNING) -> BotState:
    return next_state("alice", state, rule, desired)


def test_an_ordinary_life() -> None:
    state = S.CREATED
    for rule, expected in (
        (R.START, S.WARMING_UP), (R.OPENED, S.RUNNING), (R.DEGRADED, S.DEGRADED),
        (R.RECOVERED, S.RUNNING), (R.STOP, S.STOPPING), (R.ENDED, S.STOPPED),
        (R.START, S.WARMING_UP), (R.FAILED, S.FAILED), (R.ARCHIVE, S.ARCHIVED),
    ):  # fmt: skip
        state = next_state_of(state, rule)
        assert state is expected


def test_a_pause_outlives_warming_up_and_degradation() -> None:
    assert next_state_of(S.RUNNING, R.PAUSE, S.PAUSED) is S.PAUSED
    assert next_state_of(S.WARMING_UP, R.PAUSE, S.PAUSED) is S.WARMING_UP
    assert next_state_of(S.WARMING_UP, R.OPENED, S.PAUSED) is S.PAUSED
    assert next_state_of(S.PAUSED, R.DEGRADED, S.PAUSED) is S.DEGRADED
    assert next_state_of(S.DEGRADED, R.RECOVERED, S.PAUSED) is S.PAUSED
    assert next_state_of(S.PAUSED, R.RESUME) is S.RUNNING


def test_every_active_bot_can_be_killed_and_kept() -> None:
    for state in MANAGED_STATES:
        assert next_state_of(state, R.KILL, S.STOPPED) is S.STOPPING
        assert next_state_of(state, R.KEEP, S.STOPPED) is S.STOPPING


def test_an_illegal_transition_names_the_bot_its_state_and_what_would_be_legal() -> None:
    with pytest.raises(IllegalTransition) as refused:
        next_state_of(S.CREATED, R.PAUSE)
    error = refused.value
    assert (error.bot, error.state, error.event) == ("alice", "created", "pause")
    assert set(error.allowed) == set(ACTIVE)
    assert str(error).startswith("bot alice is created: pause is possible when it is ")


def test_a_repeated_pause_or_resume_is_allowed_and_keeps_the_state() -> None:
    for state in ACTIVE:
        assert {R.PAUSE, R.RESUME} <= set(allowed_commands(state))
    assert next_state_of(S.PAUSED, R.PAUSE, S.PAUSED) is S.PAUSED
    assert next_state_of(S.RUNNING, R.RESUME) is S.RUNNING


def test_nothing_leads_out_of_the_archive() -> None:
    for rule in LifecycleEvent:
        with pytest.raises(IllegalTransition):
            next_state_of(S.ARCHIVED, rule)
    assert allowed_commands(S.ARCHIVED) == ()


def test_every_state_can_be_reached_and_left() -> None:
    seen, edge = {S.CREATED}, [S.CREATED]
    while edge:
        state = edge.pop()
        for rule, desired in product(LifecycleEvent, (S.RUNNING, S.PAUSED)):
            try:
                after = next_state_of(state, rule, desired)
            except IllegalTransition:
                continue
            edge += [after] if after not in seen else []
            seen.add(after)
    assert seen == set(BotState)


def test_users_command_and_the_rest_is_observed() -> None:
    assert set(LifecycleEvent) - set(COMMANDS) == {
        R.OPENED, R.WAITS, R.DEGRADED, R.RECOVERED, R.ENDED, R.FAILED
    }  # fmt: skip
    assert allowed_commands(S.CREATED) == (R.START, R.ARCHIVE)
    assert desired_state_of(R.KILL) is S.STOPPED
    assert desired_state_of(R.FLATTEN) is None
