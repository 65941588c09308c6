# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the daemon: checks of host, origin and token, before anything else is read.

Any page that a browser shows can send requests to this machine. Three headers tell them apart:
`Host` names what the browser looked up (a foreign name that resolves to 127.0.0.1 is DNS
rebinding), `Origin` and `Sec-Fetch-Site` name the page that asks. A program sends neither of the
latter two. Requests from other machines need the token as well.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bridge.errors import Refused
from bridge.loopback import is_loopback

COOKIE = "nextbar_token"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OWN_SITES = frozenset({"same-origin", "none"})  # none: the user typed the address


class NoToken(Refused):
    """A request from another machine without the right token: the same code, status 401."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of itself. Header names are in lower case.

    Attributes:
        peer: address it comes from.
        local: address it came in at.
        headers: the last value of each header.
        token: what it presents, from `Authorization`, `?token=` or the page's cookie.
        page: whether it only fetches the control page, which any link may lead to.
    """

    peer: str
    local: str
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    page: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one listening port."""

    host: str
    port: int
    token: str = ""

    def check(self, asked: Asked) -> None:
        """Let the request through.

        Raises:
            Refused: names the header that is wrong.
        """
        self._check_host(asked)
        self._check_origin(asked)
        self._check_site(asked)
        self._check_token(asked)

    def _check_host(self, asked: Asked) -> None:
        host = asked.headers.get("host", "")
        name, port = split_host(host)
        if name not in self._names(asked) or port not in {None, self.port}:
            raise Refused(
                f"The Host header is {host[:60]!r}; ask for http://localhost:{self.port}.",
                where="Host",
            )

    def _check_origin(self, asked: Asked) -> None:
        origin = asked.headers.get("origin")
        if origin is None:
            return
        scheme, name, port = split_origin(origin)
        known = scheme in _DEFAULT_PORTS and name in self._names(asked)
        if not known or (port or _DEFAULT_PORTS[scheme]) != self.port:
            raise Refused(
                f"Pages of {origin[:60]!r} may not use nextbar; open its own page at "
                f"http://localhost:{self.port}.",
                where="Origin",
            )

    def _check_site(self, asked: Asked) -> None:
        """A page of another site or port asks, and the browser says so."""
        site = asked.headers.get("sec-fetch-site", "none")
        link = asked.page and asked.headers.get("sec-fetch-mode") == "navigate"
        if site not in _OWN_SITES and not link:
            raise Refused(
                f"Other pages may not use nextbar; open its own at http://localhost:{self.port}.",
                where="Sec-Fetch-Site",
            )

    def _check_token(self, asked: Asked) -> None:
        if is_loopback(asked.peer):
            return
        same = hmac.compare_digest(asked.token.encode(), self.token.encode())
        if not self.token or not same:
            raise NoToken(
                "Other machines need the token of nextbar's configuration: send "
                "Authorization: Bearer TOKEN, or open the page with ?token=TOKEN.",
                where="Authorization",
            )

    def _names(self, asked: Asked) -> frozenset[str]:
        """Host names that mean this daemon.

        The address that the request came in at is one: rebinding needs a name, not an address.
        """
        return _LOOPBACK_NAMES | {self.host.lower(), asked.local.lower()}


def split_host(text: str) -> tuple[str, int | None]:
    """Name and port in a Host header; an empty name when it is malformed."""
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return "", None
    if parts.netloc != text or parts.username is not None or text.endswith(":"):
        return "", None
    return parts.hostname or "", port


def split_origin(text: str) -> tuple[str, str, int | None]:
    """Scheme, name and port of an Origin header; empty where it is `null` or malformed."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return "", "", None
    name, port = split_host(rest)
    return scheme, name, port
