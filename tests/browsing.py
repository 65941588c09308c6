# SPDX-License-Identifier: Apache-2.0
"""What tests in a real browser share."""

import os

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def need(found, what):
    """Without a browser these tests are skipped, but never where everything must be checked."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed here")
    pytest.skip(f"{what} is not installed")
