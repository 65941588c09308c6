# SPDX-License-Identifier: Apache-2.0
"""The errors a user can meet, each with a stable code and a sentence that says what to do.

    NextbarError
    ├── BadArgument    a parameter is unknown, of the wrong kind or out of range
    ├── BadClip        a clip breaks its own rules, or the command can't work on it
    ├── BadFile        a file can't be read, or not as what it claims to be
    ├── NoEngine       no engine serves the command as asked
    ├── NotInstalled   an engine does, but what it needs is not installed
    ├── NotFetched     a model could not be fetched
    ├── OutOfMemory    the engine ran out of memory
    └── EngineFault    the engine broke its contract: a bug of ours, never of the user's

`bridge.errors` adds those that concern jobs, takes and doors.
"""


class NextbarError(Exception):
    """A failure to be told to the user: `code`, one sentence, and the offending field."""

    code = "internal"

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where


class BadArgument(NextbarError):
    """A parameter is unknown, of the wrong kind or out of range."""

    code = "bad_argument"


class BadClip(NextbarError):
    """A clip breaks its own rules, or the command can't work on it."""

    code = "bad_clip"


class BadFile(NextbarError):
    """A file can't be read, or not as what it claims to be."""

    code = "bad_file"


class NoEngine(NextbarError):
    """No engine serves the command as asked."""

    code = "no_engine"


class NotInstalled(NextbarError):
    """An engine serves the command, but what it needs is not installed."""

    code = "not_installed"


class NotFetched(NextbarError):
    """A model could not be fetched."""

    code = "not_fetched"


class OutOfMemory(NextbarError):
    """The engine ran out of memory."""

    code = "out_of_memory"


class EngineFault(NextbarError):
    """The engine broke its contract."""

    code = "engine_fault"
