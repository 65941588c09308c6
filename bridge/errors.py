# SPDX-License-Identifier: Apache-2.0
"""Errors of jobs, takes and doors, and the list of all stable codes.

NextbarError            (models.errors: those of clips, files and engines)
├── BadMessage          bytes or JSON that are not a message
├── UnknownCommand      no such command or address
├── QueueFull           too many jobs are waiting
├── UnknownJob          no job of this client has that name
├── UnknownTake         no kept take has that name
├── WorkerDied          the process that ran the job ended
├── StorageFailed       the takes folder can't be written
├── Refused             a foreign host or origin, or no token
├── TooLarge            a message over the size limit
├── PortTaken           another program listens there
├── NoMidi              the MIDI ports are not open, or can't be
└── BadConfig           a configuration key or value is wrong
"""

from models.errors import NextbarError

__all__ = ["CODES", "NextbarError"]


class BadMessage(NextbarError):
    """Bytes or JSON that are not a message."""

    code = "bad_message"


class UnknownCommand(NextbarError):
    """No such command or address."""

    code = "unknown_command"


class QueueFull(NextbarError):
    """Too many jobs are waiting."""

    code = "queue_full"


class UnknownJob(NextbarError):
    """No job of this client has that name."""

    code = "unknown_job"


class UnknownTake(NextbarError):
    """No kept take has that name."""

    code = "unknown_take"


class WorkerDied(NextbarError):
    """The process that ran the job ended."""

    code = "worker_died"


class StorageFailed(NextbarError):
    """A folder of nextbar's own can't be written."""

    code = "storage_failed"


class Refused(NextbarError):
    """A foreign host or origin, or a missing token."""

    code = "refused"


class TooLarge(NextbarError):
    """A message over the size limit."""

    code = "too_large"


class PortTaken(NextbarError):
    """Another program listens on the port."""

    code = "port_taken"


class NoMidi(NextbarError):
    """The MIDI ports are not open, or can't be."""

    code = "no_midi"


class BadConfig(NextbarError):
    """A configuration key or value is wrong."""

    code = "bad_config"


# Every code a client can meet, with its meaning; docs/protocol.md prints this table.
CODES = {
    "bad_argument": "A parameter is unknown, of the wrong kind or out of range.",
    "bad_clip": "A clip breaks its own rules, or the command can't work on it.",
    "bad_file": "A file can't be read, or not as what it claims to be.",
    "bad_message": "The bytes or the JSON are not a message of this protocol.",
    "bad_config": "A configuration key or value is wrong.",
    "unknown_command": "There is no such command or address.",
    "unknown_job": "No job of this client has that name.",
    "unknown_take": "No kept take has that name.",
    "no_engine": "No engine serves the command as asked.",
    "not_installed": "An engine serves it, but something it needs is not installed.",
    "not_fetched": "A model could not be fetched; the message says why.",
    "queue_full": "Too many jobs are waiting; try again when one is done.",
    "engine_fault": "The engine broke its contract; nothing was written.",
    "out_of_memory": "The engine ran out of memory; ask for less or close something.",
    "worker_died": "The process that ran the job ended; the next request gets a new one.",
    "storage_failed": "The takes folder can't be written; takes kept before are safe.",
    "refused": "The host, the origin or the token is not accepted.",
    "too_large": "The message is over the size limit.",
    "port_taken": "Another program listens on that port.",
    "no_midi": "The MIDI ports are not open, or can't be; the message says what is missing.",
    "internal": "A fault of nextbar's own; the log has the details.",
}
