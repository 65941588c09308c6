# SPDX-License-Identifier: Apache-2.0
"""The HTTP and WebSocket door, and the control page that is served through it."""

from bridge.doors.web.door import WebDoor

__all__ = ["WebDoor"]
