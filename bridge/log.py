# SPDX-License-Identifier: Apache-2.0
"""Logging: to standard error and to a file that is rotated. Note contents are never logged."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from bridge import paths

FILE_BYTES = 1_000_000
FILES_KEPT = 3


def set_up(level: str) -> logging.Logger:
    """The daemon's logger, writing to both places; without the file where it can't be made."""
    logger = logging.getLogger("nextbar")
    others = [logging.getLogger(name) for name in ("bridge", "uvicorn.error")]  # of the doors
    logger.setLevel(level.upper())
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    try:
        paths.log_folder().mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                paths.log_file(), maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
            )
        )
    except OSError as error:
        logger.warning("no log file: %s", error)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        for each in (logger, *others):
            each.addHandler(handler)
    return logger
