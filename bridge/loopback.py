# SPDX-License-Identifier: Apache-2.0
"""Which addresses are this machine's own: what comes from them needs no token."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether an address means this machine alone, also as IPv4 inside IPv6 or with a zone.

    Names other than localhost don't: what they stand for may change.
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
