# SPDX-License-Identifier: Apache-2.0
"""Which addresses are this machine's own."""

import pytest

from bridge.loopback import is_loopback

OWN = ("127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "::1%lo", "localhost")
OTHERS = ("::ffff:10.0.0.1", "10.0.0.1", "192.0.2.1", "fe80::1%eth0", "0.0.0.0", "example", "unix")


@pytest.mark.parametrize("host", OWN)
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", [*OTHERS, ""])
def test_another_machine_or_all_of_them(host):
    assert not is_loopback(host)
