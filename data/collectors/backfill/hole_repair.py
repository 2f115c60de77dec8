"""Fill the holes for which tapes wait, by requests to the exchange; give up at the limits."""

import logging
from collections.abc import Callable, Sequence

from data.collectors.config import RepairRules
from data.collectors.rest import ExchangeRest
from data.collectors.tape.pipeline import TapePipeline
from data.errors import PermanentFeedError, TemporaryFeedError
from data.market.hole import HoleState
from data.market.trade import Trade
from utils.clock import Clock

log = logging.getLogger("truetape.collector.repair")


class HoleRepairer:
    """Fills the holes of waiting tapes. `on_settled` is called with the count of settled trades."""

    def __init__(
        self,
        rest: ExchangeRest,
        rules: RepairRules,
        clock: Clock,
        on_settled: Callable[[int], None],
    ) -> None:
        self._rest = rest
        self._rules = rules
        self._clock = clock
        self._on_settled = on_settled

    async def repair(self, pipeline: TapePipeline) -> None:
        """Repeat until the tape waits for nothing."""
        await self._clock.sleep(self._rules.reorder_grace_s)
        while (missing := pipeline.missing) is not None:
            await self._close(pipeline, missing.first)

    async def _close(self, pipeline: TapePipeline, first: int) -> None:
        """Fill the hole that begins at `first`, or declare it."""
        deadline_s = self._clock.monotonic_s() + self._rules.hold_s
        while (missing := pipeline.missing) is not None and missing.first == first:
            try:
                await self._fill_from_exchange(pipeline, deadline_s)
            except (TemporaryFeedError, PermanentFeedError) as error:
                log.info(
                    "hole not filled",
                    extra={"instrument": str(pipeline.instrument), "error": str(error)},
                )
            if (missing := pipeline.missing) is None or missing.first != first:
                return
            if self._clock.monotonic_s() >= deadline_s:
                self._give_up(pipeline, HoleState.DEFERRED)
                return
            await self._clock.sleep(self._rules.retry_s)

    async def _fill_from_exchange(self, pipeline: TapePipeline, deadline_s: float) -> None:
        """Fill from the newest trades; where they do not reach, page back by id."""
        self._fill(pipeline, await self._rest.recent_trades(pipeline.instrument))
        self._defer_if_too_large(pipeline)
        empty_answers = 0
        while (missing := pipeline.missing) is not None and self._clock.monotonic_s() < deadline_s:
            behind = missing.last + 1
            # One overlapping id shows that nothing lies between two pages.
            page = await self._rest.trades_before(pipeline.instrument, behind + 1)
            if page and page[-1].trade_id < behind:
                return  # the exchange's history lags behind its feed: retry later
            self._fill(pipeline, page)
            empty_answers = 0 if page else empty_answers + 1
            exhausted = bool(page) and page[0].trade_id >= behind
            if exhausted or empty_answers >= self._rules.empty_answers:
                self._give_up(pipeline, HoleState.UNRECOVERABLE)
                return

    def _fill(self, pipeline: TapePipeline, listing: Sequence[Trade]) -> None:
        self._on_settled(pipeline.fill(listing, self._clock.now()))

    def _defer_if_too_large(self, pipeline: TapePipeline) -> None:
        missing = pipeline.missing
        if missing is not None and max(len(missing), pipeline.held) > self._rules.hold_ids:
            self._give_up(pipeline, HoleState.DEFERRED)

    def _give_up(self, pipeline: TapePipeline, state: HoleState) -> None:
        missing = pipeline.missing
        if missing is None:
            return
        log.warning(
            "hole declared",
            extra={"instrument": str(pipeline.instrument), "ids": str(missing), "state": state},
        )
        self._on_settled(pipeline.give_up(state, self._clock.now()))
