"""The TimescaleDB state of a server."""

from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from database.server_views import EXTENSION_FACTS, HYPERTABLES

_EXTENSION = "timescaledb"
_FULL_LICENCE = "timescale"
# Before it, the columnstore had other names.
_FIRST_WITH_COLUMNSTORE = (2, 18)


class TimescaleState(StrEnum):
    """PLAIN: the server has no TimescaleDB. AVAILABLE: installed, but not loaded at its start.
    READY: loaded, and not used yet. ACTIVE: used. NOT_LOADED: used before, and not loaded now.
    """

    PLAIN = "plain"
    AVAILABLE = "available"
    READY = "ready"
    ACTIVE = "active"
    NOT_LOADED = "not_loaded"


class Hypertable(msgspec.Struct, frozen=True, kw_only=True):
    """A table in chunks; `packed_chunks` of them are stored by columns."""

    name: str
    packing: bool
    chunks: int
    packed_chunks: int
    size_bytes: int


class TimescaleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The TimescaleDB facts of a server. Empty: no version, or an unknown licence."""

    available: str = ""
    installed: str | None = None
    licence: str = ""
    preloaded: bool = False
    tables: tuple[Hypertable, ...] = ()

    @property
    def state(self) -> TimescaleState:
        """Return the state that these facts amount to."""
        if self.installed is not None:
            if not self.licence:
                return TimescaleState.NOT_LOADED
            return TimescaleState.ACTIVE if self.tables else TimescaleState.READY
        if not self.available:
            return TimescaleState.PLAIN
        return TimescaleState.READY if self.preloaded else TimescaleState.AVAILABLE

    @property
    def usable(self) -> bool:
        """Return whether hypertables can be made."""
        return self.state in (TimescaleState.READY, TimescaleState.ACTIVE)

    @property
    def has_columnstore(self) -> bool:
        """Return whether licence and version allow chunks to be stored by columns."""
        version = tuple(int(part) for part in (self.installed or "0.0").split(".")[:2])
        return self.licence == _FULL_LICENCE and version >= _FIRST_WITH_COLUMNSTORE

    @property
    def hypertables(self) -> set[str]:
        """Return the names of the tables in chunks."""
        return {table.name for table in self.tables}

    @property
    def packing(self) -> set[str]:
        """Return the names of those whose old chunks are stored by columns."""
        return {table.name for table in self.tables if table.packing}

    def describe(self) -> str:
        """Return a one-line description."""
        match self.state:
            case TimescaleState.PLAIN:
                return "plain"
            case TimescaleState.AVAILABLE:
                return f"available ({self.available}), not preloaded"
            case TimescaleState.READY:
                return f"available ({self.installed or self.available}), not active"
            case TimescaleState.NOT_LOADED:
                return (
                    f"installed ({self.installed}), not loaded: tables cannot be written until "
                    "shared_preload_libraries holds timescaledb and the server is restarted"
                )
            case TimescaleState.ACTIVE:
                return f"active ({self._details()})"

    def _details(self) -> str:
        chunks = sum(table.chunks for table in self.tables)
        packed = sum(table.packed_chunks for table in self.tables)
        share = 100 * packed / chunks if chunks else 0
        description = (
            f"{self.installed}, licence {self.licence}, {chunks} chunks, {share:.0f} % compressed"
        )
        if packed and self.licence != _FULL_LICENCE:
            description += (
                "; compressed chunks cannot be read under this licence: set timescaledb.license"
            )
        return description


def read_timescale_info(connection: Connection) -> TimescaleInfo:
    """Read the facts; needs read access only."""
    available, installed, licence, preloaded = connection.execute(EXTENSION_FACTS).one()
    facts = TimescaleInfo(
        available=available or "", installed=installed, licence=licence, preloaded=preloaded
    )
    if installed is None or not licence:
        return facts
    rows = connection.execute(HYPERTABLES)
    tables = tuple(
        Hypertable(name=name, packing=on, chunks=chunks, packed_chunks=packed, size_bytes=size)
        for name, on, chunks, packed, size in rows
    )
    return msgspec.structs.replace(facts, tables=tables)
