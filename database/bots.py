"""Bots in PostgreSQL: imported separately, because few processes need them."""

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
