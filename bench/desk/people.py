"""People at the desk: agents who click, pages that stay open, and what each had to wait for."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final
from urllib.parse import urlsplit

import httpx

_DECISION: Final = re.compile(r'data-decision="([^"]+)"')
_ON_STREAM: Final = re.compile(rb'"decision":"([^"]+)"')
_CUSTOMER: Final = re.compile(r'href="(/customer\?[^"]+)"')
_THINKS_SECONDS: Final = (1.5, 4.5)
_ANSWER_SECONDS: Final = 30.0
_SETTLE_SECONDS: Final = 2.0
_SCRIPT: Final = {"HX-Request": "true"}
"""Header by which the page's script asks for one row."""

Waits = defaultdict[str, list[float]]
"""Milliseconds that each kind of click took."""


class _Stream(asyncio.Protocol):
    """An open stream, read at little cost, so that two hundred of them do not keep the desk from the processor."""

    def __init__(self, request: bytes, note: Callable[[str], None]) -> None:
        self._request, self._note = request, note
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        whole, _, self._unread = (self._unread + data).rpartition(b"\n")
        for decision in _ON_STREAM.findall(whole):
            self._note(decision.decode())


class People:
    """Clicks and streams of one run."""

    def __init__(self, address: str, cookie: str, seed: int) -> None:
        """Begin with nothing done.

        Args:
            address: Address of the desk.
            cookie: Header of a session.
            seed: Of who clicks on what.
        """
        self._headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        self._address, self._random = address, Random(seed)
        self.waits: Waits = defaultdict(list)
        self.seen: defaultdict[str, list[float]] = defaultdict(list)
        self.failed: list[str] = []
        self._clicks = 0

    def client(self) -> httpx.AsyncClient:
        """Return a client of as many connections as are wanted."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        timeout = httpx.Timeout(_ANSWER_SECONDS, read=None)
        return httpx.AsyncClient(base_url=self._address, headers=self._headers, limits=limits, timeout=timeout)

    async def work(self, client: httpx.AsyncClient, until: float) -> None:
        """Look at the queue, open customers, claim and finish, until a moment of the steady clock."""
        await asyncio.sleep(self._random.uniform(0, _THINKS_SECONDS[1]))
        while time.monotonic() < until:
            queue = await self._click("queue", client.get("/"))
            rows, customers = _DECISION.findall(queue), _CUSTOMER.findall(queue)
            for _ in range(3):
                if customers:
                    await self._think()
                    await self._click("customer", client.get(self._random.choice(customers).replace("&amp;", "&")))
            if rows:
                decision = self._random.choice(rows)
                for step in ("claimed", "done"):
                    await self._think()
                    await self._click("step", client.post("/decide", data=self._form(decision, step), headers=_SCRIPT))

    async def look_on(self) -> asyncio.BaseTransport:
        """Open a stream, and note when each decision is seen on it until it is closed."""
        address = urlsplit(self._address)
        lines = ["GET /events HTTP/1.1", f"Host: {address.netloc}", f"Cookie: {self._headers['Cookie']}", "", ""]
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: _Stream("\r\n".join(lines).encode(), self._note_seen), address.hostname or "", address.port or 80
        )
        return transport

    def _note_seen(self, decision: str) -> None:
        self.seen[decision].append(time.time())

    async def _think(self) -> None:
        await asyncio.sleep(self._random.uniform(*_THINKS_SECONDS))

    async def _click(self, kind: str, answering: Awaitable[httpx.Response]) -> str:
        began = time.monotonic()
        try:
            answer = await answering
        except httpx.HTTPError as error:
            self.failed.append(f"{kind}: {error!r}")
            return ""
        self.waits[kind].append((time.monotonic() - began) * 1000)
        if answer.status_code not in (200, 303, 404, 422):
            self.failed.append(f"{kind}: {answer.status_code}")
        return answer.text

    def _form(self, decision: str, step: str) -> dict[str, str]:
        self._clicks += 1
        return {"decision": decision, "step": step, "note": "", "until": "", "key": f"click-{self._clicks}"}


async def run_people(people: People, agents: int, streams: int, seconds: float, arrive: Callable[[], None]) -> None:
    """Let agents click beside open streams, while decisions arrive.

    Args:
        people: Notes what they wait for.
        agents: Number of agents.
        streams: Number of open streams.
        seconds: For how long.
        arrive: Lets one decision arrive, in a thread.
    """
    open_streams = [await people.look_on() for _ in range(streams)]
    await asyncio.sleep(_SETTLE_SECONDS)
    until = time.monotonic() + seconds
    async with people.client() as client:
        clicking = [asyncio.create_task(people.work(client, until)) for _ in range(agents)]
        while time.monotonic() < until - 2:
            await asyncio.to_thread(arrive)
            await asyncio.sleep(1.5)
        await asyncio.gather(*clicking)
    for stream in open_streams:
        stream.close()
