"""Benchmark of a running dashboard from its clients' side: snapshots, frames, bytes, delay."""

import asyncio
import json
import statistics
import time
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer
from rich.table import Table
from websockets.asyncio.client import connect

from scripts.cli.tables import print_table

_EXAMPLE = "Example: uv run scripts/benchmarks/bench_dashboard.py --clients 50 --seconds 10"

app = typer.Typer(add_completion=False)


@dataclass
class ReceivedMessages:
    """The messages received by all clients. Delays run from the trade to the client, in ms."""

    messages: int = 0
    sizes: list[int] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)

    def take(self, raw: str) -> None:
        """Count one message of the socket."""
        self.messages += 1
        self.sizes.append(len(raw))
        now_ms = time.time() * 1000
        for frame in json.loads(raw):
            if frame["type"] == "trades" and frame["number"] > 1:
                self.delays_ms.append(now_ms - frame["rows"][0][4])


async def _listen(url: str, topics: list[str], seconds: float, received: ReceivedMessages) -> None:
    parts = urlsplit(url)
    origin: Any = f"{parts.scheme}://{parts.netloc}"
    async with connect(f"ws://{parts.netloc}/live", origin=origin) as live:
        await live.send(json.dumps({"type": "watch", "topics": topics}))
        try:
            async with asyncio.timeout(seconds):
                async for raw in live:
                    received.take(str(raw))
        except TimeoutError:
            return


async def _snapshots(url: str, symbol: str, timeframe: str) -> tuple[list[float], int]:
    """Request the page's snapshot ten times; return milliseconds and bytes."""
    async with httpx.AsyncClient(base_url=url, headers={"origin": url}) as client:
        dependencies = (await client.get("/_dash-dependencies")).json()
        callback = next(each for each in dependencies if "market-snapshot" in each["output"])
        view = {"symbol": symbol, "timeframe": timeframe}
        request = {
            "output": callback["output"],
            "outputs": {"id": "market-snapshot", "property": "data"},
            "inputs": [
                {"id": each["id"], "property": each["property"], "value": value}
                for each, value in zip(callback["inputs"], (view, None), strict=True)
            ],
            "changedPropIds": ["market-view.data"],
            "state": [],
        }
        took_ms, size = [], 0
        for _ in range(10):
            start = time.perf_counter()
            answer = await client.post("/_dash-update-component", json=request)
            took_ms.append((time.perf_counter() - start) * 1000)
            size = len(answer.raise_for_status().content)
        return took_ms, size


@app.command(epilog=_EXAMPLE)
def main(
    url: Annotated[str, typer.Option(help="A dashboard without a password.")] = (
        "http://127.0.0.1:8050"
    ),
    symbol: Annotated[str, typer.Option()] = "simulated:BTC-USDT",
    timeframe: Annotated[str, typer.Option()] = "1m",
    clients: Annotated[int, typer.Option(min=1, max=500)] = 50,
    seconds: Annotated[float, typer.Option(min=1)] = 10.0,
) -> None:
    """Open many sockets, request snapshots, and print delays and sizes."""
    topics = [f"candle.{timeframe}.{symbol}", f"trades.{symbol}"]
    received = ReceivedMessages()

    async def run() -> tuple[list[float], int]:
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(_listen(url, topics, seconds, received))
            snapshots = group.create_task(_snapshots(url, symbol, timeframe))
        return snapshots.result()

    took_ms, size = asyncio.run(run())
    table = Table("what", "value")
    table.add_row("snapshot, median of 10", f"{statistics.median(took_ms):.0f} ms, {size:,} bytes")
    rate = received.messages / clients / seconds
    table.add_row("messages per client and second", f"{rate:.1f}")
    table.add_row("bytes per message, median", f"{statistics.median(received.sizes):,.0f}")
    if len(received.delays_ms) > 1:
        cuts = statistics.quantiles(received.delays_ms, n=20)
        table.add_row("trade to client, p50 / p95", f"{cuts[9]:.0f} / {cuts[18]:.0f} ms")
    print_table(table)


if __name__ == "__main__":
    app()
