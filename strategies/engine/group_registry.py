"""The registry of the groups that are evaluated: those that signal requests need."""

from collections.abc import Iterable

from data.ports import CandleRepository
from strategies.engine.groups import LiveGroup, first_watermark, live_group
from strategies.engine.history import HistoryTracker
from strategies.engine.live_candles import Series
from strategies.engine.request_resolver import EvaluationPlan, RequestRefusal, RequestResolver
from strategies.engine.settings import EngineSettings
from strategies.ports import RequestRepository, SignalRepository
from strategies.requests import RequestStatus, SignalRequest
from strategies.signals import Group
from utils.isolation import Isolation


class GroupRegistry:
    """Starts and ends groups as requests need them; `live` are those that can be evaluated."""

    def __init__(
        self,
        requests: RequestRepository,
        signals: SignalRepository,
        candles: CandleRepository,
        history: HistoryTracker,
        resolver: RequestResolver,
        rules: EngineSettings,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._requests = requests
        self._signals = signals
        self._candles = candles
        self._history = history
        self._resolver = resolver
        self._rules = rules
        self.live: dict[Group, LiveGroup] = {}

    def reconcile(self) -> None:
        """Read the requests, start and end groups, and store the changed statuses."""
        statuses = self._requests.all()
        plans = {status.request: self._plan(status.request) for status in statuses}
        planned = {
            _group(request, plan): plan
            for request, plan in plans.items()
            if isinstance(plan, EvaluationPlan)
        }
        self._begin(planned)
        self._history.update({group: plan.requirements for group, plan in planned.items()})
        self.live = {group: live for group, live in self.live.items() if group in planned}
        self._isolation.keep(
            {request_item(request) for request in plans} | {group_item(group) for group in planned}
        )
        updates = [(status, self._updated(status, plans[status.request])) for status in statuses]
        changed = [updated for status, updated in updates if updated != status]
        if changed:
            self._requests.save_statuses(changed)

    def reset(self) -> None:
        """Read every group again at the next `reconcile`."""
        self.live = {}
        self._history.reset()

    def _plan(self, request: SignalRequest) -> EvaluationPlan | RequestRefusal:
        """Return how to evaluate a request; an error while planning refuses only this request."""
        with self._isolation.attempt(request_item(request)) as attempt:
            return self._resolver.plan(request)
        return RequestRefusal(attempt.problem)

    def _begin(self, planned: dict[Group, EvaluationPlan]) -> None:
        """Start the new groups whose candles are stored."""
        new = planned.keys() - self.live.keys()
        newest = self._candles.newest(_series(new)) if new else {}
        for group in sorted(new):
            opened = newest.get((group.instrument, group.timeframe))
            if opened is None or not self._isolation.is_due(group_item(group)):
                continue
            with self._isolation.attempt(group_item(group)):
                start = first_watermark(opened, group, self._rules.history_candles)
                self.live[group] = live_group(self._signals.begin(group, start), planned[group])

    def _updated(
        self, before: RequestStatus, plan: EvaluationPlan | RequestRefusal
    ) -> RequestStatus:
        """Return the status of a request; it keeps its group while the problem is transient."""
        request = before.request
        if isinstance(plan, RequestRefusal):
            group = before.group if plan.is_transient else None
            return RequestStatus(request=request, group=group, problem=plan.problem)
        group = _group(request, plan)
        if group in self.live:
            short = self._history.shortage_of(group)
            return RequestStatus(request=request, group=group, problem=short)
        if failure := self._isolation.problem(group_item(group)):
            return RequestStatus(request=request, problem=failure)
        series = f"{request.timeframe} candle of {request.instrument}"
        return RequestStatus(request=request, problem=f"no {series} is stored yet")


def request_item(request: SignalRequest) -> str:
    """Return the name under which a request is isolated."""
    return f"request of {request.requester}"


def group_item(group: Group) -> str:
    """Return the name under which a group is isolated."""
    return f"group {group}"


def _group(request: SignalRequest, plan: EvaluationPlan) -> Group:
    return Group(
        instrument=request.instrument,
        timeframe=request.timeframe,
        strategy=plan.spec.name.strategy,
        version=plan.spec.name.version,
        parameters=plan.spec.parameters,
    )


def _series(groups: Iterable[Group]) -> set[Series]:
    return {(group.instrument, group.timeframe) for group in groups}
