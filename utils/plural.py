"""Numbers with their nouns."""


def count(number: int, noun: str) -> str:
    """Format a number with its noun: `1 gap`, `1,200 gaps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
