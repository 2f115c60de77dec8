"""What the bot commands print."""

import json
from pathlib import Path
from typing import Any

import msgspec
import typer

from bot_manager.domain.status import BotStatus
from bot_manager.domain.verification import BotVerification, BotVerificationRecord
from bot_manager.domain.versions import ConfigVersion


def print_result(as_json: bool, facts: object, text: str) -> None:
    """Print facts as JSON for programs, or text for users."""
    if as_json:
        print_json(facts)
    elif text:
        typer.echo(text)


def print_json(value: object) -> None:
    """Print a value for programs."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def read_text(file: Path) -> str:
    """Return the text of a file. Raises OSError."""
    return file.read_text(encoding="utf-8")


def describe_status(bot: BotStatus, verification: BotVerificationRecord | None) -> str:
    """Return the state of a bot as one line."""
    desired, verified = describe_desired_state(bot), describe_verification(verification)
    return f"{bot.name:<32} {bot.state:<11} {desired:<20} {verified:<20} {bot.reason}".rstrip()


def describe_desired_state(bot: BotStatus) -> str:
    """Return the desired state of a bot in brackets, "" if it is reached."""
    return "" if bot.requested_state == bot.state else f"(desired: {bot.requested_state})"


def describe_verification(verification: BotVerificationRecord | None) -> str:
    """Return the result of a verification and its day."""
    if verification is None:
        return "not verified yet"
    outcome = "IDENTICAL" if verification.identical else "DIFFERENT"
    return f"{outcome} {verification.verified_at:%Y-%m-%d}"


def print_version(as_json: bool, version: ConfigVersion, suffix: str = "") -> None:
    """Print a version of a configuration and its changes."""
    summary = suffix or f"version {version.number}"
    lines = [
        f"{version.bot} {summary}" if suffix else f"{version.bot}: {summary}",
        *describe_changes(version),
    ]
    facts = {"bot": version.bot, "version": version.number, "changes": version.changes}
    print_result(as_json, facts, "\n".join(lines))


def describe_changes(version: ConfigVersion) -> list[str]:
    """Return each change of a version as one line."""
    return [f"{one.field}: {one.before or '-'} -> {one.after or '-'}" for one in version.changes]


def version_facts(version: ConfigVersion) -> dict[str, object]:
    """Return a version for programs."""
    return {
        "number": version.number,
        "made_at": version.made_at,
        "actor": version.actor,
        "reason": version.reason,
        "changes": version.changes,
        "config": json.loads(version.config.model_dump_json()),
    }


def describe_result(found: BotVerification) -> str:
    """Return the result of a verification as one line."""
    if found.identical:
        return f"IDENTICAL ({found.orders} orders, {found.marks} marks, {found.stored_digest[:16]})"
    return f"DIFFERENT ({found.cause}): {found.difference}"


def result_facts(found: BotVerification) -> dict[str, Any]:
    """Return the result of a verification for programs."""
    facts: dict[str, Any] = msgspec.to_builtins(found)
    return facts | {"identical": found.identical}
