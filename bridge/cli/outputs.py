# SPDX-License-Identifier: Apache-2.0
"""Output files: their names, and writing them so that each is whole or not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import BadArgument, BadFile
from models.files import write_whole
from models.midi import Song, midi_bytes

STDOUT = "-"
MIDI_SUFFIXES = (".mid", ".midi", ".smf")


def choose_output(
    given: str, command: str, inputs: Sequence[str], suffixes: Sequence[str] = MIDI_SUFFIXES
) -> str:
    """Where the result goes: as given, or beside the first input as `in.continue.mid`.

    Raises:
        BadArgument: the name has a wrong ending.
    """
    if given == STDOUT or (not given and inputs[:1] == [STDOUT]):
        return STDOUT
    first = Path(inputs[0]) if inputs else Path("nextbar")
    default = f"{first.stem}.{command}{suffixes[0]}"
    if not given:
        return str(first.with_name(default))
    path = Path(given)
    if os.path.isdir(path):
        return str(path / default)
    if not path.suffix:
        return str(path.with_suffix(suffixes[0]))
    if path.suffix.lower() not in suffixes:
        raise BadArgument(f"{given} must end in {suffixes[0]}.", where="output")
    return given


def numbered(output: str, numbers: Sequence[int]) -> str:
    """`out.mid` with the numbers put in: `out.2.mid`."""
    if output == STDOUT:
        return output
    path = Path(output)
    middle = "".join(f".{number}" for number in numbers)
    return str(path.with_name(f"{path.stem}{middle}{path.suffix}"))


def protect(outputs: Sequence[str], inputs: Sequence[str]) -> None:
    """Refuse to write over what was read.

    Raises:
        BadArgument: an output is one of the inputs, by whatever name.
    """
    sources = [Path(path) for path in inputs if path != STDOUT]
    for output in outputs:
        place = Path(output)
        if output == STDOUT or not os.path.exists(place):
            continue
        if any(os.path.exists(source) and place.samefile(source) for source in sources):
            raise BadArgument(
                f"{output} is the input, which is never written over; name another file with -o.",
                where="output",
            )


def check_folder(output: str) -> None:
    """Refuse a file that can't be written, before the work that it shall hold.

    Raises:
        BadFile: its folder is not there, or closed to this user.
    """
    folder = Path(output).parent
    if output == STDOUT or (os.path.isdir(folder) and os.access(folder, os.W_OK)):
        return
    why = "may not be written to" if os.path.isdir(folder) else "does not exist"
    raise BadFile(f"{output} can't be written: its folder {why}.", where=output)


def write_song(song: Song, output: str) -> None:
    """Write a MIDI file whole, or to standard output.

    Raises:
        BadFile: it can't be written.
    """
    write_bytes(midi_bytes(song), output)


def write_bytes(data: bytes, output: str) -> None:
    """Write a file whole, or to standard output.

    Raises:
        BadFile: it can't be written.
    """
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        write_whole(output, data)
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise BadFile(f"{output} can't be written: {reason}.", where=output) from error
