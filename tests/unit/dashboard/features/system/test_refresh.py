"""Reads of the store for the System page: one at a time, and again after a write."""

import asyncio
import threading

from dashboard.features.system.overview import Overview
from dashboard.features.system.services import SystemServices
from tests.dashboard_platform import an_alert, open_alerts, report_platform
from tests.dashboard_world import World
from tests.fakes import InMemoryAlertRepository
from utils.alerts import Alert


class BlockedAlerts(InMemoryAlertRepository):
    """Alerts whose first result is read at once and returned when `release` is set."""

    def __init__(self, world: World) -> None:
        super().__init__(world.store)
        self.requested = threading.Event()
        self.release = threading.Event()

    def open(self) -> list[Alert]:
        answer = super().open()
        self.requested.set()
        assert self.release.wait(30)
        return answer


def overview_of(system: SystemServices) -> Overview:
    return system.overview((), bus_connected=True, browsers=1)


async def test_concurrent_requests_get_the_same_answer() -> None:
    world = World()
    report_platform(world)
    system = world.services().system
    await asyncio.gather(*(system.refresh() for _ in range(3)))
    assert [process.name for process in overview_of(system).processes][:1] == ["main"]


async def test_what_was_written_while_an_answer_was_on_its_way_is_shown() -> None:
    world = World()
    alert = an_alert()
    open_alerts(world, alert)
    world.alerts = blocked = BlockedAlerts(world)
    system = world.services().system
    refreshing = asyncio.create_task(system.refresh())
    await asyncio.to_thread(blocked.requested.wait, 30)
    writing = asyncio.create_task(system.acknowledge(alert.key, "ann"))
    while not world.store.alerts[0].acknowledged_by:  # noqa: ASYNC110 - written in a thread
        await asyncio.sleep(0.01)
    blocked.release.set()
    await asyncio.gather(refreshing, writing)
    assert [each.acknowledged_by for each in overview_of(system).alerts] == ["ann"]
