"""From who asks for what to the groups that are evaluated."""

from collections.abc import Iterable

from data.ports import CandleRepository
from strategies.engine.groups import LiveGroup, first_watermark, live_group
from strategies.engine.history import HistoryDesk
from strategies.engine.live_candles import Series
from strategies.engine.resolution import Plan, Refusal, Resolution
from strategies.engine.rules import EngineRules
from strategies.ports import RequestRepository, SignalRepository
from strategies.signals import Group
from strategies.status import RequestStatus, SignalRequest
from utils.isolation import Isolation


class Desk:
    """Serves requests; `live` are the groups that somebody asks for and nothing keeps from it."""

    def __init__(
        self,
        requests: RequestRepository,
        signals: SignalRepository,
        candles: CandleRepository,
        history: HistoryDesk,
        resolution: Resolution,
        rules: EngineRules,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._requests = requests
        self._signals = signals
        self._candles = candles
        self._history = history
        self._resolution = resolution
        self._rules = rules
        self.live: dict[Group, LiveGroup] = {}

    def serve(self) -> None:
        """Read the requests, begin and end groups, and tell the askers."""
        statuses = self._requests.all()
        plans = {status.request: self._plan(status.request) for status in statuses}
        wanted = {
            _group(request, plan): plan for request, plan in plans.items() if isinstance(plan, Plan)
        }
        self._begin(wanted)
        self._history.look({group: plan.needs for group, plan in wanted.items()})
        self.live = {group: live for group, live in self.live.items() if group in wanted}
        self._isolation.keep(
            {request_item(request) for request in plans} | {group_item(group) for group in wanted}
        )
        answers = [(status, self._answer(status, plans[status.request])) for status in statuses]
        news = [answer for status, answer in answers if answer != status]
        if news:
            self._requests.answer(news)

    def forget(self) -> None:
        """Read every group anew at the next `serve`."""
        self.live = {}
        self._history.forget()

    def _plan(self, request: SignalRequest) -> Plan | Refusal:
        """Return how to evaluate a request; one that cannot be planned is refused by itself."""
        with self._isolation.attempt(request_item(request)) as attempt:
            return self._resolution.plan(request)
        return Refusal(attempt.problem)

    def _begin(self, wanted: dict[Group, Plan]) -> None:
        """Begin the groups that are new here, of those whose candles are stored."""
        new = wanted.keys() - self.live.keys()
        newest = self._candles.newest(_series(new)) if new else {}
        for group in sorted(new):
            opened = newest.get((group.instrument, group.timeframe))
            if opened is None or not self._isolation.is_due(group_item(group)):
                continue
            with self._isolation.attempt(group_item(group)):
                start = first_watermark(opened, group, self._rules.history_candles)
                self.live[group] = live_group(self._signals.begin(group, start), wanted[group])

    def _answer(self, before: RequestStatus, plan: Plan | Refusal) -> RequestStatus:
        """Say what becomes of a request; what it had is shown until something better is known."""
        request = before.request
        if isinstance(plan, Refusal):
            group = before.group if plan.passing else None
            return RequestStatus(request=request, group=group, problem=plan.problem)
        group = _group(request, plan)
        if group in self.live:
            short = self._history.short_of(group)
            return RequestStatus(request=request, group=group, problem=short)
        if failure := self._isolation.problem(group_item(group)):
            return RequestStatus(request=request, problem=failure)
        series = f"{request.timeframe} candle of {request.instrument}"
        return RequestStatus(request=request, problem=f"no {series} is stored yet")


def request_item(request: SignalRequest) -> str:
    """Return the name under which a request is isolated."""
    return f"request of {request.asker}"


def group_item(group: Group) -> str:
    """Return the name under which a group is isolated."""
    return f"group {group}"


def _group(request: SignalRequest, plan: Plan) -> Group:
    return Group(
        instrument=request.instrument,
        timeframe=request.timeframe,
        strategy=plan.spec.name.strategy,
        version=plan.spec.name.version,
        parameters=plan.spec.parameters,
    )


def _series(groups: Iterable[Group]) -> set[Series]:
    return {(group.instrument, group.timeframe) for group in groups}
