"""What a pid file means when no server of ours runs."""

import pytest

from database.embedded.stale_servers import problem_of


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("x\x00y\n/data\n", "garbled"),
        ("-5\n", "garbled"),
        ("٣\n", "garbled"),
        ("42\n/data\n", "process 42 belongs to another program"),
        ("43\n/data\n", None),
        ("43", None),
    ],
)
def test_a_pid_file_misleads_unless_its_process_is_dead(text: str, problem: str | None) -> None:
    assert problem_of(text, lambda pid: pid == 42) == problem
