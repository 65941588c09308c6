# SPDX-License-Identifier: Apache-2.0
"""The daemon between a DAW and music models.

    doors     OSC, HTTP + WebSocket, MIDI: bytes <-> messages, nothing else
    cli       the command line: the same table on files, without the daemon
    core      pure: (client, message) -> events; the command table; validation
    jobs      pure: queue, states, supersede, dedupe; the clock is passed in
    takes     every result kept before it is delivered
    worker    separate processes that run the engines of `models`
    app       the composition root: builds everything, starts in order, stops in reverse

Between them:
    switchboard   carries out between doors and workers what the core wants done
    offline   one command answered without a daemon
    client    a small client of the daemon, for programs in Python
    sound, pictures   takes heard on a device, and seen
    errors    what can go wrong with jobs, takes and doors

And round them:
    settings, config   everything the daemon can be told, and where it reads it
    paths, log, runtime   where things lie; what is logged; one daemon at a time
    service   starts the daemon with the user's session
    loopback  which addresses are this machine's own
    live, live_checks, reports   Live's folders, the devices in them, what these say of themselves
    doctor    checks of this installation, each with its remedy

Arrows run one way: doors -> core -> jobs -> worker -> models.
"""

from importlib.metadata import version

__version__ = version("nextbar")
PROTOCOL = 1
