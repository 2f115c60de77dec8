"""Bots in PostgreSQL: a face of its own, for most processes know of none."""

from database.repositories.bots import SqlBotRepository
from database.repositories.fleet import SqlFleetRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.verifications import SqlVerificationRepository

__all__ = [
    "SqlBotRepository",
    "SqlFleetRepository",
    "SqlLedgerRepository",
    "SqlVerificationRepository",
]
