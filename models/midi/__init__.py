# SPDX-License-Identifier: Apache-2.0
"""Standard MIDI Files: a file becomes a Song of parts, and back, without loss.

    song      the types, and a song of plain clips
    chunks    bytes <-> tracks of timed messages
    notes     note-ons and note-offs <-> notes in ticks
    frame     tempo, metre and key events <-> the frame of a clip
    lane      one channel of one track, and the part it says
    sounds    the programs that new parts get
    extras    what MIDI has no words for, in an event of our own
    unspoken  what plain MIDI loses of a part, found and put back
    reader, writer   a file as a Song, and back

docs/midi-files.md says for users what is carried how.
"""

from models.midi.reader import read_midi
from models.midi.song import Part, Song, TimedEvent, song_of
from models.midi.sounds import song_of_answer
from models.midi.writer import midi_bytes, write_midi

__all__ = [
    "Part",
    "Song",
    "TimedEvent",
    "midi_bytes",
    "read_midi",
    "song_of",
    "song_of_answer",
    "write_midi",
]
