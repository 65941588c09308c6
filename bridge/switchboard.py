# SPDX-License-Identifier: Apache-2.0
"""The switchboard joins doors, core and workers: it carries out what the core wants done.

It is the `Hub` that doors talk to. Everything happens in one event loop, in the order in which
messages and frames arrive.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from bridge.core.core import Core, lane_of
from bridge.core.effects import Deliver, Effect, Start, Stop
from bridge.core.messages import ClientId, Event, Message, RequestId, error_event
from bridge.sound.output import AudioOut
from bridge.worker.pool import WorkerPool
from models.errors import NextbarError

HOUSEKEEPING_S = 5.0
MOST_ASKED = "continue"  # its engine is loaded before anybody asks


class Switchboard:
    """Delivers events to clients and jobs to workers.

    Attributes:
        refused: how many messages were refused before they became one, by code.
    """

    def __init__(
        self,
        core: Core,
        make_pool: Callable[..., WorkerPool],
        clock: Callable[[], float],
        log: logging.Logger,
    ) -> None:
        self.core = core
        self.pool = make_pool(self._heard)
        self.audio_out: AudioOut | None = None
        self.refused: Counter[str] = Counter()
        self._clock = clock
        self._log = log
        self._clients: dict[ClientId, Callable[[Event], None]] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def attach(self, client: ClientId, deliver: Callable[[Event], None]) -> None:
        """From now on `deliver` gets the client's events; one that comes back gets its jobs."""
        self._clients[client] = deliver
        self._apply(self.core.greet(client))

    def detach(self, client: ClientId) -> None:
        """The client has gone; its jobs run on and their takes are kept."""
        self._clients.pop(client, None)

    def receive(self, client: ClientId, message: Message) -> None:
        """Handle a message; a fault of ours is told and must not close the door."""
        effects = self._decide(lambda: self.core.handle(client, message, self._clock()))
        if effects is None:
            effects = [Deliver(client, error_event(message.id, _our_fault()))]
        self._apply(effects)

    def refuse(self, client: ClientId, request_id: RequestId, error: NextbarError) -> None:
        """Count a message that never became one, and tell the client when it is attached."""
        self.refused[error.code] += 1
        self._log.debug("refused a message from %s: %s", client, error.message)
        self._send(client, error_event(request_id, error))

    def open_audio(self, device: str) -> None:
        """From now on sound is played on this device, by a player that starts with the first."""
        self.audio_out = AudioOut(device, self._played, self._log)

    def _played(self, report: Mapping[str, Any]) -> None:
        self._apply(self._decide(lambda: self.core.played(report)) or ())

    async def warm_up(self) -> None:
        """Load the engine that most requests will want, so that the first need not wait."""
        able = (engine for engine in self.core.engines if not engine.reason)
        engine = next((engine for engine in able if MOST_ASKED in engine.info.commands), None)
        if engine:
            worker = await self.pool.warm(lane_of(engine), engine.python)
            worker.load(engine.place, "cpu")

    async def keep_house(self) -> None:
        """Forget old jobs and end idle workers, for as long as the daemon runs."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            self.core.book.purge(self._clock())
            await self.pool.retire()

    async def close(self) -> None:
        """Cancel every job, tell the clients, end the workers."""
        self._apply(self.core.shut_down(self._clock()))
        await self.pool.close()
        if self.audio_out:
            await self.audio_out.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _heard(self, job: str, frame: Mapping[str, Any]) -> None:
        """A worker has said something; a fault of ours fails its job and nothing else."""
        if "details" in frame:
            self._log.error("%s ended by a fault of its engine\n%s", job, frame["details"])
        effects = self._decide(lambda: self.core.heard(job, frame, self._clock()))
        if effects is None:
            effects = self._decide(lambda: self.core.stumbled(job, _our_fault(), self._clock()))
        self._apply(effects or ())

    def _decide(self, ask_core: Callable[[], list[Effect]]) -> list[Effect] | None:
        """What the core wants done; None where it made a mistake. A border."""
        try:
            return ask_core()
        except Exception:
            self._log.exception("fault in the core")
            return None

    def _apply(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Deliver):
                self._send(effect.client, effect.event)
            elif isinstance(effect, Start):
                self._in_background(self.pool.run(effect.lane, effect.job, effect.work))
            elif isinstance(effect, Stop):
                self.pool.stop(effect.job)
            elif self.audio_out:
                self.audio_out.send(effect.frame)

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, client: ClientId, event: Event) -> None:
        deliver = self._clients.get(client)
        if deliver:
            # A border: what the core decided for others must happen even if this door fails.
            try:
                deliver(event)
            except Exception:
                self._log.exception("fault while telling %s of %s", client, event.name)
        if event.name in _LOGGED:
            fields = event.fields
            self._log.info(
                "%s %s %s %s",
                fields.get("job"),
                event.name,
                fields.get("engine", ""),
                fields.get("code", ""),
            )


def _our_fault() -> NextbarError:
    return NextbarError("nextbar made a mistake; its log has the details.")


_LOGGED = frozenset({"accepted", "done", "failed", "cancelled", "superseded"})
