"""Audit entries that the database does not hold yet, in a file: a killed server loses none."""

import logging
from pathlib import Path

from utils.audit import AuditEntry
from utils.codec import CodecError, decode, encode
from utils.files import open_private

log = logging.getLogger("truetape.dashboard")

FILE_NAME = "audit-waiting.jsonl"


class AuditJournal:
    """One line per entry; emptied when the database holds them all."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def append(self, entry: AuditEntry) -> None:
        """Append an entry; it survives the end of this process, but not a power cut."""
        if self._path is None:
            return
        try:
            with open(self._path, "ab", opener=open_private) as raw:
                raw.write(encode(entry) + b"\n")
        except OSError as error:
            # The entry is still in memory and in the log.
            log.error("audit journal not written", extra={"reason": str(error)})  # noqa: TRY400

    def load(self, limit: int) -> list[AuditEntry]:
        """Return the newest entries that an earlier server left, oldest first.

        A line that was cut by a kill is skipped: its command got no response.
        """
        try:
            lines = self._path.read_bytes().splitlines() if self._path else []
        except FileNotFoundError:
            return []
        except OSError as error:
            log.error("audit journal not read", extra={"reason": str(error)})  # noqa: TRY400
            return []
        entries = []
        for line in lines[-limit:]:
            try:
                entries.append(decode(AuditEntry, line))
            except CodecError as error:
                log.warning(
                    "invalid line of the audit journal skipped", extra={"reason": str(error)}
                )
        return entries

    def clear(self) -> None:
        """Empty the file."""
        if self._path is None:
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.error("audit journal not cleared", extra={"reason": str(error)})  # noqa: TRY400
