"""What is wrong with the words in which a bad input is refused."""

from collections.abc import Iterable, Iterator

LONGEST_PROBLEM = 2_000


def refusal_faults(problem: str, names: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the words in which an input is refused."""
    if not problem.strip():
        yield "says nothing"
    if len(problem) > LONGEST_PROBLEM:
        yield f"says {len(problem)} characters"
    if "Traceback" in problem:
        yield "shows a traceback"
    for name in names:
        if name not in problem:
            yield f"does not name {name!r}: {problem[:200]!r}"
