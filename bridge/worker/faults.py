# SPDX-License-Identifier: Apache-2.0
"""What is told of an exception in an engine, in a worker as on the command line."""

from __future__ import annotations

from models.errors import EngineFault, NextbarError, OutOfMemory


def fault_of(error: Exception) -> NextbarError:
    """The coded error for whatever an engine raised; its own ones pass unchanged."""
    if isinstance(error, NextbarError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemory(
            "The engine ran out of memory; ask for fewer bars or takes, or close other programs."
        )
    return EngineFault(
        f"The engine stopped with {type(error).__name__}: {error}; the log has the details."
    )
