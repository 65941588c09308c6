# SPDX-License-Identifier: Apache-2.0
"""The daemon between a DAW and music models.

    doors/    OSC, HTTP + WebSocket: bytes <-> messages, nothing else
    cli/      the command line: the same table on files, without the daemon
    core/     pure: (client, message) -> events; the command table; validation
    jobs      pure: queue, states, supersede, dedupe; the clock is passed in
    takes/    every result kept before it is delivered
    worker/   separate processes that run the engines of `models`
    app       the composition root: builds everything, starts in order, stops in reverse

Arrows run one way: doors -> core -> jobs -> worker -> models.
"""

from importlib.metadata import version

__version__ = version("nextbar")
PROTOCOL = 1
