"""All that is known of one bot, as `bots show` prints it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import Transition, allowed_commands
from bot_manager.domain.status import BotStatus
from bot_manager.domain.verification import BotVerificationRecord
from bot_manager.domain.versions import ConfigVersion
from bot_manager.reporting.bot_warnings import BotWarnings
from bot_manager.reporting.results import BotPortfolio, portfolio_of_bot
from bot_manager.reporting.run_warnings import RunWarning
from data import EPOCH
from database.repositories.strategies import SqlStrategyRepository
from scripts.cli.bots.context import BotContext
from scripts.cli.bots.output import describe_desired_state, describe_verification, print_json

_ALL_TIME = (EPOCH, datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFacts:
    """A bot's newest version, its state and history, and what its orders came to."""

    version: ConfigVersion
    status: BotStatus
    transitions: list[Transition]
    orders: list[AccountOrder]
    portfolio: BotPortfolio
    verification: BotVerificationRecord | None
    warnings: list[RunWarning]


def read_detail(context: BotContext, name: str) -> BotFacts:
    """Read all that is known of a bot. Raises TruetapeError for an unknown one."""
    stores = context.stores
    version, status = context.service.newest(name), stores.bots.get(name)
    assert status is not None, "a bot with a version has a status"
    orders = stores.ledger.orders(name, *_ALL_TIME)
    warnings = BotWarnings(stores.signals, SqlStrategyRepository(context.database)).of(
        version.config,
        stores.instruments.get(version.config.instrument_id),
        stores.ledger.journal(name),
        orders,
    )
    marks = stores.ledger.equity(name, *_ALL_TIME)
    return BotFacts(
        version=version,
        status=status,
        transitions=stores.bots.transitions(name),
        orders=orders,
        portfolio=portfolio_of_bot(version.config.capital, orders, marks),
        verification=context.verifications.latest([name]).get(name),
        warnings=warnings,
    )


def print_detail(detail: BotFacts, *, as_json: bool) -> None:
    """Print all that is known of a bot."""
    if as_json:
        print_json(_facts(detail))
        return
    status, version, portfolio = detail.status, detail.version, detail.portfolio
    desired = describe_desired_state(status)
    typer.echo(f"{status.name}: {status.state} {desired}, version {version.number}")
    for warning in detail.warnings:
        typer.echo(f"warning: {warning.text}")
    typer.echo(version.config.model_dump_json(indent=2))
    equity = f"{portfolio.equity.normalize():f} {version.config.instrument_id.quote}".rstrip()
    typer.echo(
        f"equity {equity}, position {portfolio.position.normalize():f}, "
        f"realised {portfolio.realised.normalize():f}, fees {portfolio.fees.normalize():f}, "
        f"drawdown {portfolio.drawdown:.2%}, {sum(order.filled for order in detail.orders)} fills"
    )
    typer.echo(f"verified: {describe_verification(detail.verification)}")
    for one in detail.transitions:
        when = one.made_at.isoformat(timespec="seconds")
        typer.echo(f"{when}  {one.before} -> {one.after}  {one.event} by {one.actor}: {one.reason}")


def _facts(detail: BotFacts) -> dict[str, object]:
    return {
        "status": detail.status,
        "warnings": detail.warnings,
        "config": json.loads(detail.version.config.model_dump_json()),
        "allowed_commands": allowed_commands(detail.status.state),
        "portfolio": detail.portfolio,
        "verification": detail.verification,
        "transitions": detail.transitions,
    }
