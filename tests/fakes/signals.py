"""Signals, requests and strategies in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from data.errors import RepositoryError
from strategies.errors import WatermarkConflict
from strategies.group_progress import GroupAdvance, GroupStatus, Skip
from strategies.ports import RequestRepository, SignalRepository, StrategyRepository
from strategies.requests import RequestStatus, SignalRequest
from strategies.signals import Direction, Group, Signal
from strategies.strategy_files import StrategyFile, StrategyVerificationResult
from tests.fakes.store import InMemoryStore


@dataclass
class StoredGroup:
    """One group's watermark, and its signals and skips."""

    started_from: datetime
    evaluated_to: datetime
    signals: list[Signal] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)


class InMemoryRequestRepository(RequestRepository):
    """Requests in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def put(self, requests: Sequence[SignalRequest]) -> None:
        self._store.require()
        for request in requests:
            stored = self._store.requests.get(request.requester)
            if stored is None or stored.request != request:
                self._store.requests[request.requester] = RequestStatus(request=request)

    def withdraw(self, requesters: Iterable[str]) -> None:
        self._store.require()
        for requester in requesters:
            self._store.requests.pop(requester, None)

    def replace(self, prefix: str, requests: Sequence[SignalRequest]) -> None:
        self._store.require()
        kept = {request.requester for request in requests}
        self.withdraw(
            [name for name in self._store.requests if name.startswith(prefix) and name not in kept]
        )
        self.put(requests)

    def all(self) -> list[RequestStatus]:
        self._store.require()
        return [status for _, status in sorted(self._store.requests.items())]

    def save_statuses(self, statuses: Sequence[RequestStatus]) -> None:
        self._store.require()
        for status in statuses:
            stored = self._store.requests.get(status.request.requester)
            if stored is not None and stored.request == status.request:
                stored_group = status.group if status.group in self._store.groups else None
                answered = msgspec.structs.replace(status, group=stored_group)
                self._store.requests[status.request.requester] = answered


class InMemorySignalRepository(SignalRepository):
    """Groups in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def begin(self, group: Group, started_from: datetime) -> GroupStatus:
        self._store.require()
        self._require_accepted(group)
        self._store.groups.setdefault(group, StoredGroup(started_from, started_from))
        return self._status(group)

    def commit(self, advances: Sequence[GroupAdvance]) -> None:
        self._store.require()
        for advance in advances:
            self._require_accepted(advance.group)
            stored = self._store.groups.get(advance.group)
            if stored is None or stored.evaluated_to != advance.evaluated_from:
                raise WatermarkConflict(f"{advance.group.strategy} is not where it was believed")
        for advance in advances:
            stored = self._store.groups[advance.group]
            stored.evaluated_to = advance.evaluated_to
            stored.signals += advance.signals
            stored.skips += advance.skips

    def _require_accepted(self, group: Group) -> None:
        if group.parameters in self._store.refused:
            raise RepositoryError(f"the rows of {group} are refused")

    def group(self, group: Group) -> GroupStatus | None:
        self._store.require()
        return self._status(group) if group in self._store.groups else None

    def groups(self) -> list[GroupStatus]:
        self._store.require()
        statuses = [self._status(group) for group in sorted(self._store.groups)]
        return [status for status in statuses if status.requesters]

    def signals(self, group: Group, start: datetime, end: datetime) -> list[Signal]:
        self._store.require()
        stored = self._store.groups.get(group)
        signals = stored.signals if stored else []
        return [signal for signal in signals if start <= signal.close_time < end]

    def last_signals(self, limit: int, group: Group | None = None) -> list[Signal]:
        self._store.require()
        signals = [
            signal
            for name, stored in self._store.groups.items()
            for signal in stored.signals
            if group in (None, name)
        ]
        return sorted(signals, key=lambda signal: signal.close_time)[-limit:]

    def skips(self, group: Group, start: datetime, end: datetime) -> list[Skip]:
        self._store.require()
        stored = self._store.groups.get(group)
        skips = stored.skips if stored else []
        return [s for s in skips if s.last_close_time >= start and s.first_close_time < end]

    def _status(self, group: Group) -> GroupStatus:
        stored = self._store.groups[group]
        newest = stored.signals[-1] if stored.signals else None
        requests = sorted(self._store.requests.items())
        return GroupStatus(
            group=group,
            started_from=stored.started_from,
            evaluated_to=stored.evaluated_to,
            target=newest.direction if newest else Direction.FLAT,
            last_signal=newest,
            last_skip=stored.skips[-1] if stored.skips else None,
            requesters=tuple(requester for requester, status in requests if status.group == group),
        )


class InMemoryStrategyRepository(StrategyRepository):
    """Strategy files and verification results in dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def save_files(self, files: Sequence[StrategyFile]) -> None:
        self._store.require()
        self._store.files = {file.path: file for file in files}

    def files(self) -> list[StrategyFile]:
        self._store.require()
        return sorted(self._store.files.values(), key=lambda file: (not file.built_in, file.path))

    def save_verification_result(self, verification_result: StrategyVerificationResult) -> None:
        self._store.require()
        key = (
            verification_result.strategy,
            verification_result.version,
            verification_result.parameters,
        )
        self._store.verification_results[key] = verification_result

    def verification_result(
        self, strategy: str, version: str, parameters: str
    ) -> StrategyVerificationResult | None:
        self._store.require()
        return self._store.verification_results.get((strategy, version, parameters))

    def verification_results(self) -> list[StrategyVerificationResult]:
        self._store.require()
        files = self._store.files.values()
        there = {(facts.name, file.version) for file in files for facts in file.strategies}
        current = [
            v for v in self._store.verification_results.values() if (v.strategy, v.version) in there
        ]
        return sorted(
            current,
            key=lambda verification_result: (
                verification_result.strategy,
                verification_result.parameters,
            ),
        )
