# SPDX-License-Identifier: Apache-2.0
"""What every test gets: a home of its own, and longer waits on slow machines."""

import os

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every path of nextbar lies below this folder during a test."""
    folder = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith("NEXTBAR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEXTBAR_HOME", str(folder))
    return folder
