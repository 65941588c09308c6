# SPDX-License-Identifier: Apache-2.0
"""The log: one file for all parts of the daemon."""

import logging

import pytest

from bridge import paths
from bridge.log import set_up

NAMES = ("nextbar", "bridge", "uvicorn.error")


@pytest.fixture
def logged(home):
    """Sets the log up, and takes it down again."""
    before = {name: logging.getLogger(name).handlers[:] for name in NAMES}
    yield set_up("info")
    for name, handlers in before.items():
        logger = logging.getLogger(name)
        for handler in [each for each in logger.handlers if each not in handlers]:
            logger.removeHandler(handler)
            handler.close()


@pytest.mark.parametrize("name", ["nextbar", "bridge.doors.osc.door", "uvicorn.error"])
def test_what_any_part_complains_of_is_in_the_file(logged, name):
    logging.getLogger(name).warning("something is wrong")
    assert "WARNING something is wrong" in paths.log_file().read_text(encoding="utf-8")
