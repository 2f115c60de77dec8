import asyncio

import pytest

from dashboard.live.frame_outbox import FrameOutbox, SlowClient


async def test_a_newer_frame_replaces_the_one_that_still_waits() -> None:
    outbox = FrameOutbox()
    outbox.offer(b"old", replaces="candle")
    outbox.offer(b"other", replaces="trades")
    outbox.offer(b"new", replaces="candle")
    assert await outbox.take() == [b"other", b"new"]


async def test_frames_that_replace_nothing_are_never_dropped() -> None:
    outbox = FrameOutbox()
    for number in range(5):
        outbox.offer(b"%d" % number, replaces=None)
        outbox.offer(b"open", replaces="candle")
    assert (await outbox.take()).count(b"open") == 1


async def test_taking_waits_for_a_frame() -> None:
    outbox = FrameOutbox()
    waiting = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.offer(b"frame", replaces=None)
    assert await waiting == [b"frame"]


async def test_a_browser_that_takes_nothing_is_too_slow_in_the_end() -> None:
    outbox = FrameOutbox(limit=3)
    for number in range(4):
        outbox.offer(b"%d" % number, replaces=None)
    with pytest.raises(SlowClient, match="4 frames queued, at most 3 allowed"):
        await outbox.take()
