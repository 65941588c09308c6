# SPDX-License-Identifier: Apache-2.0
"""How many error answers a host may provoke, so that a flood is not answered by a flood."""

from __future__ import annotations

BURST = 20
PER_SECOND = 10.0
MAX_HOSTS = 1024


class RateLimit:
    """A bucket of allowances for every host; the clock is passed in, in seconds."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}  # host -> allowances, counted when

    def allow(self, host: str, now_s: float) -> bool:
        """Take one allowance; false when the host has none left."""
        left, when_s = self._buckets.pop(host, (float(BURST), now_s))
        left = min(float(BURST), left + (now_s - when_s) * PER_SECOND)
        allowed = left >= 1
        self._buckets[host] = (left - allowed, now_s)
        if len(self._buckets) > MAX_HOSTS:  # the host not heard of for longest
            del self._buckets[next(iter(self._buckets))]
        return allowed
