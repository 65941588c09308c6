# SPDX-License-Identifier: Apache-2.0
"""OSC over UDP: plain messages for people, packed ones for programs. `docs/osc.md` describes both.

    door              the socket, and the timer that sends
    desk              datagrams in, hub calls and datagrams out; no socket
    packets           bytes <-> OSC messages
    clients           who talks to the door
    gate, ratelimit   who may, and how many errors they may provoke
    outbox            datagrams on their way out

The plain form:
    plain             commands
    singles           32-bit floats as the numbers that were meant
    slots             clips that are built note by note
    answers           events

The packed form:
    frames            its three messages, and how JSON is cut into them
    receiver, sender  its two halves
"""

from bridge.doors.osc.door import DEFAULT_PORT, OscDoor

__all__ = ["DEFAULT_PORT", "OscDoor"]
