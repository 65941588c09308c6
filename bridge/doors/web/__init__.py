# SPDX-License-Identifier: Apache-2.0
"""The HTTP and WebSocket door, and the control page that is served through it.

    door          HTTP and WebSocket on one port, by uvicorn
    app           the ASGI application
    guard, gate   who may talk to the daemon; the layer that asks
    clients       who listens to whose events
    outbox        what waits to be sent to one connection
    codec         JSON out, and the HTTP status of each answer

What it serves:
    http, body    a route for each command; request bodies, limited in size
    call          one HTTP request on its way through the hub
    midi          MIDI files in and out, and a take's sound
    openapi       the description of it all, from the command table
    socket        the WebSocket
    page          the control page
"""

from bridge.doors.web.door import WebDoor

__all__ = ["WebDoor"]
