# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the OSC door: everybody on this machine, others with the token."""

from __future__ import annotations

import hmac

from bridge.doors.osc.clients import Client
from bridge.errors import Refused
from bridge.loopback import is_loopback


class Gate:
    """Compares tokens. Without a token of its own nobody from elsewhere comes in."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def admit(self, host: str, client: Client | None, token: str) -> bool:
        """Whether the sender has shown the token, now or before; on this machine none is needed.

        Raises:
            Refused: it comes from elsewhere and has not.
        """
        shown = hmac.compare_digest(token.encode("utf-8", "replace"), self._token)
        authorised = (shown and bool(self._token)) or bool(client and client.authorised)
        if authorised or is_loopback(host):
            return authorised
        raise Refused(
            "Programs on other machines must send the daemon's token once: add token and its "
            "value to hello.",
            where="token",
        )
