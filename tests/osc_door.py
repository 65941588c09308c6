# SPDX-License-Identifier: Apache-2.0
"""An OSC door on a free port, in an event loop of its own thread."""

import asyncio
import threading
from contextlib import contextmanager

from osc_hub import EchoHub

from bridge.doors.osc import OscDoor

LIMIT_S = 60


class Running:
    """A door in an event loop of its own thread."""

    def __init__(self, hub, port=0):
        self.hub = hub
        self.door = OscDoor("127.0.0.1", port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.call(self.door.start(hub))
        self.port = self.door.port

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(LIMIT_S)

    def close(self):
        self.call(self.door.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT_S)
        self._loop.close()


@contextmanager
def running(port=0):
    daemon = Running(EchoHub(), port)
    try:
        yield daemon
    finally:
        daemon.close()
