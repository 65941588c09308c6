# SPDX-License-Identifier: Apache-2.0
"""OSC over UDP: plain messages for people, packed ones for programs. `docs/osc.md` describes both.

door -> desk -> plain, slots, answers      the plain form
             -> frames, receiver, sender   the packed form
             -> packets                    bytes <-> OSC messages
"""

from bridge.doors.osc.door import DEFAULT_PORT, OscDoor

__all__ = ["DEFAULT_PORT", "OscDoor"]
