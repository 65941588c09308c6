# SPDX-License-Identifier: Apache-2.0
"""What every test gets: a home of its own, and examples that are the same in every run.

To search for new counterexamples: `pytest --hypothesis-profile=default`.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every path of nextbar lies below this folder during a test."""
    folder = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith("NEXTBAR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEXTBAR_HOME", str(folder))
    return folder
