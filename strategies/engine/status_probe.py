"""The health probe of the strategy engine."""

from datetime import timedelta

from data.ports import CandleRepository
from strategies.group_progress import GroupStatus
from strategies.ports import SignalRepository, StrategyRepository
from utils.probes import HealthFinding, Probe

_MAX_LAG = timedelta(seconds=30)


class SignalsProbe(Probe):
    """No group may be behind its newest stored candle by more than a candle and half a minute.

    Strategies that skip candles and broken files are reported in the detail only: their author
    must fix them, not the platform's operator.
    """

    def __init__(
        self,
        signals: SignalRepository,
        candles: CandleRepository,
        strategies: StrategyRepository,
    ) -> None:
        super().__init__("strategies")
        self._signals = signals
        self._strategies = strategies
        self._candles = candles

    def check(self) -> list[HealthFinding]:
        groups = self._signals.groups()
        behind = [status for status in groups if self._is_behind(status)]
        skipping = sorted({status.group.strategy for status in groups if status.skipping})
        detail = f"{len(groups)} groups of signals"
        if skipping:
            detail += f"; skipping candles: {', '.join(skipping)}"
        if broken := [file for file in self._strategies.files() if file.problems]:
            first = broken[0].problems[0].message
            detail += f"; {len(broken)} files with errors, the first {broken[0].path}: {first}"
        if behind:
            detail += f"; {len(behind)} behind, the first {behind[0].group.strategy}"
        return [HealthFinding(part=self.part, healthy=not behind, detail=detail)]

    def _is_behind(self, status: GroupStatus) -> bool:
        series = (status.group.instrument, status.group.timeframe)
        newest = self._candles.newest([series]).get(series)
        # The newest candle opens where the one before it closed.
        return newest is not None and status.evaluated_to < newest - _MAX_LAG
