"""The result of a bot's replay, as pages show it."""

from datetime import datetime

import msgspec

from bot_manager.domain.verification import Verification, VerificationRecord


class BotVerificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a replay: identical to what was stored, or the first difference as text.

    `cause`: data, config, command or code, where something differs.
    """

    bot: str
    verified_at: datetime
    identical: bool
    orders: int = 0
    marks: int = 0
    digest: str = ""
    cause: str = ""
    difference: str = ""


def verification_result_of(
    found: Verification | VerificationRecord, verified_at: datetime
) -> BotVerificationResult:
    """Return the result of a verification, as of a time."""
    return BotVerificationResult(
        bot=found.bot,
        verified_at=verified_at,
        identical=found.identical,
        orders=found.orders,
        marks=found.marks,
        digest=found.stored_digest,
        cause=found.cause,
        difference=found.difference,
    )
