"""Which texts are whole password hashes."""

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from utils.password_hash import check_password_hash

# Of "correct horse"; a fixed one, since names of tests must be the same in every process.
WHOLE = (
    "$argon2id$v=19$m=8192,t=1,p=4$f+Ci5QuQsPaxZSjassw7OQ$"
    "jHkXCEG73VZwxP0+UT9E+jsL6b4KepK96PBuGgl6lhA"
)


@pytest.mark.parametrize("kind", list(Type))
def test_every_hash_that_argon2_makes_is_whole(kind: Type) -> None:
    made = PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=kind).hash("x")
    assert check_password_hash(made) == made


@pytest.mark.parametrize(
    "broken",
    [
        "", "$argon2", "$argon2id$broken", WHOLE[:-1], WHOLE[:40], f"{WHOLE}\n", f" {WHOLE}",
        WHOLE.replace("$", "$$"), WHOLE.replace("argon2id", "argon2x"),
        "=19=65536,t=3,p=4", WHOLE.replace("m=8192", "m=9999999"), WHOLE.replace("p=4", "p=0"),
    ],
)  # fmt: skip
def test_what_is_cut_off_or_altered_is_refused_without_showing_it(broken: str) -> None:
    with pytest.raises(ValueError, match=r"users hash-password|copy all") as refused:
        check_password_hash(broken)
    assert WHOLE[-20:] not in str(refused.value)
