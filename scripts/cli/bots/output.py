"""What the bot commands print."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bot_manager.domain.status import BotStatus
from bot_manager.domain.verification import VerificationRecord
from bot_manager.domain.versions import ConfigVersion
from data import EPOCH
from scripts.cli.bots.context import print_result

ALL_TIME = (EPOCH, datetime.max.replace(tzinfo=UTC))


def read_text(file: Path) -> str:
    """Return the text of a file. Raises OSError."""
    return file.read_text(encoding="utf-8")


def describe_desired_state(bot: BotStatus) -> str:
    """Return the desired state of a bot in brackets, "" if it is reached."""
    return "" if bot.latched == bot.state else f"(desired: {bot.latched})"


def describe_verification(verification: VerificationRecord | None) -> str:
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
