"""The line between one replica and its database, which can be cut."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from tests.postgres import libpq

CHUNK = 65_536


class Wire:
    """Carries connections from a port of this machine to a server.

    Cut, it stays connected to both and carries nothing, as a network that loses every packet does;
    mended, it carries what was waiting as well.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, "127.0.0.1", 0), self._loop
        ).result()
        self.mend()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """The same database by way of this wire."""
        port = self._server.sockets[0].getsockname()[1]
        there = make_url(self._url).difference_update_query(["host"])
        return there.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)

    def cut(self) -> None:
        """Carry nothing from now on."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """Carry again."""
        self._loop.call_soon_threadsafe(self._whole.set)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._whole.wait()
            there, thither = await self._connected()
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, thither), self._pump(there, writer))

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        named = conninfo_to_dict(libpq(self._url))
        host, port = str(named["host"]), int(named.get("port") or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._whole.wait()
                target.write(data)
                await target.drain()
        target.close()

    async def _end(self) -> None:
        self._server.close()
        pumps = asyncio.all_tasks() - {asyncio.current_task()}
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
