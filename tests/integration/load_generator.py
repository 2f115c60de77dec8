"""What attacks a dashboard in the siege: a process of its own, which SIGTERM ends.

`python -m tests.integration.load_generator viewer URL TOKEN` requests what is expensive and closes
its connection; `... guesser URL` guesses passwords. At the end it prints
how often it got which answer.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

WORKERS = 6
SYMBOL = "simulated:BTC-USDT"
YEAR_68 = -60_000_000_000
INDICATORS = [
    {"id": str(length), "indicator": "sma", "parameters": {"length": length}}
    for length in range(20, 200, 20)
]

Attack = Callable[[httpx.AsyncClient, random.Random], Awaitable[str]]


async def values(client: httpx.AsyncClient, rng: random.Random) -> str:
    since = rng.choice([YEAR_68, 0, int(time.time()) - 86_400])
    body = {"symbol": SYMBOL, "timeframe": "1s", "since": since, "indicators": INDICATORS}
    answer = await client.post(
        "/api/v1/charts/values", json=body, timeout=rng.choice([0.05, 0.5, 5])
    )
    return f"values {answer.status_code}"


async def older(client: httpx.AsyncClient, rng: random.Random) -> str:
    before = rng.choice([int(time.time()), 10**12, 1])
    query = {"symbol": SYMBOL, "timeframe": "1s", "before": str(before)}
    answer = await client.get("/api/v1/candles/older", params=query, timeout=rng.choice([0.05, 5]))
    return f"older {answer.status_code}"


async def portfolio(client: httpx.AsyncClient, rng: random.Random) -> str:
    query = {"range": "all", "benchmark": "1"}
    answer = await client.get("/api/v1/portfolio", params=query, timeout=rng.choice([0.05, 5]))
    return f"portfolio {answer.status_code}"


async def live(client: httpx.AsyncClient, rng: random.Random) -> str:
    url = str(client.base_url.copy_with(scheme="ws")).rstrip("/") + "/live"
    topics = [f'indicator.1s.{SYMBOL} sma{{"length":{n}}}' for n in range(2, 40)]
    topics += [f"trades.{SYMBOL}", "bots", "system", "logs", rng.choice(["a\0b", "x" * 500, ""])]
    headers = {"authorization": client.headers["authorization"]}
    async with connect(url, additional_headers=headers, open_timeout=5) as socket:
        await socket.send(json.dumps({"type": "watch", "topics": topics}))
        async with asyncio.timeout(rng.choice([0.1, 2])):
            while True:
                await socket.recv()


async def guess(client: httpx.AsyncClient, rng: random.Random) -> str:
    name = rng.choice(["admin", "admin", f"name-{rng.randrange(10**9)}"])
    form = {"name": name, "password": f"guess-{rng.randrange(10**9)}"}
    headers = {
        "origin": str(client.base_url).rstrip("/"),
        "x-forwarded-for": f"203.0.113.{rng.randrange(256)}",
    }
    answer = await client.post("/login", data=form, headers=headers, timeout=30)
    return f"login {answer.status_code}"


ATTACKS: dict[str, tuple[Attack, ...]] = {
    "viewer": (values, values, older, portfolio, live),
    "guesser": (guess,),
}


async def attack(attacks: tuple[Attack, ...], url: str, token: str, found: Counter[str]) -> None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    rng = random.Random()
    while True:
        async with httpx.AsyncClient(base_url=url, headers=headers) as client:
            try:
                found[await rng.choice(attacks)(client, rng)] += 1
            except (httpx.TimeoutException, TimeoutError):
                found["hung up"] += 1
            except (httpx.HTTPError, OSError, WebSocketException) as error:
                found[type(error).__name__] += 1
                await asyncio.sleep(0.2)


async def main(kind: str, url: str, token: str = "") -> None:
    found: Counter[str] = Counter()
    tasks = [asyncio.create_task(attack(ATTACKS[kind], url, token, found)) for _ in range(WORKERS)]
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    for task in tasks:
        task.cancel()
    failed = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [repr(error) for error in failed if not isinstance(error, asyncio.CancelledError)]
    print(json.dumps({"kind": kind, **dict(found.most_common()), "broken": broken}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
