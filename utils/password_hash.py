"""Validate argon2 password hashes on entry, so that a broken one is refused."""

import re

_FORM = re.compile(
    r"\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,172})"
)
# Base64 of 16, 24, 32, 48 or 64 bytes: an incompletely copied hash has another length.
_HASH_CHARACTERS = frozenset({22, 32, 43, 64, 86})
# Upper limits of the memory and work of one password check, far above any sensible choice.
MAX_MEMORY_KIB = 1_048_576
MAX_LANES = 16


def check_password_hash(text: str) -> str:
    """Return a complete argon2 hash. Raises ValueError with the reason, never with the hash."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            "must be a complete argon2 hash ($argon2id$v=19$m=..,t=..,p=..$salt$hash); make one "
            "with truetape users hash-password, and write it in single quotes where a shell or "
            ".env file would replace its $ signs"
        )
    memory_kib, rounds, lanes = (int(number) for number in found.groups()[:3])
    if not 1 <= lanes <= MAX_LANES or not 8 * lanes <= memory_kib <= MAX_MEMORY_KIB or rounds < 1:
        raise ValueError(
            f"has invalid costs (m={memory_kib}, t={rounds}, p={lanes}); make another with "
            "truetape users hash-password"
        )
    if len(found[5]) not in _HASH_CHARACTERS or len(found[4]) % 4 == 1:
        raise ValueError("is truncated: its salt or hash is incomplete; copy all of it")
    return text
