# SPDX-License-Identifier: Apache-2.0
"""Parameters that several commands of the table share."""

from __future__ import annotations

from dataclasses import replace

from models.param import Param
from models.tokens.vocabulary import STYLES

BARS = Param("bars", "int", 4, "How many bars to write.", 1, 64, unit="bars")
ADVENTURE = Param(
    "adventure", "float", 0.5, "0 stays with the likeliest notes, 1 takes risks.", 0, 1
)
DENSITY = Param("density", "float", 1.0, "Notes per bar, relative to the source.", 0.25, 4)
LOW = Param("low_pitch", "int", None, "Lowest pitch to write; the source's own by default.", 0, 127)
HIGH = Param(
    "high_pitch", "int", None, "Highest pitch to write; the source's own by default.", 0, 127
)
SCALE_LOCK = Param(
    "scale_lock",
    "bool",
    True,
    "Write only pitches of the clip's scale, or of the source's own notes where it has none.",
)
SIMILARITY = Param(
    "similarity", "float", 0.5, "0 goes its own way, 1 stays close to the source.", 0, 1
)
AMOUNT = Param("amount", "float", 0.5, "0 changes nothing, 1 everything.", 0, 1)
LOCK = Param("lock", "ints", (), "Pitches (drum lanes) that must not change.", 0, 127)
LOCK_IDS = Param("lock_ids", "ints", (), "Ids of notes that must not change.")
STYLE = Param(
    "style",
    "choice",
    "",
    "A hint at the style; empty leaves it to the music that is there.",
    choices=("", *STYLES),
)
KEEP = Param(
    "keep",
    "choice",
    "",
    "What stays: the rhythm, with new pitches, or the pitches in their order, in a new rhythm.",
    choices=("", "rhythm", "pitches"),
)
SYNCOPATION = Param("syncopation", "float", 0.0, "-1 moves accents onto the beat, 1 off it.", -1, 1)
REGISTER = Param("register", "float", 0.0, "-1 moves the line lower, 1 higher.", -1, 1)
LOUDNESS = Param("loudness", "float", 0.0, "-1 plays softer, 1 louder.", -1, 1)
FILL = Param("fill", "bool", False, "End drums with a fill.")
SPACE = Param(
    "space", "text", "", "A drum space that you trained, by name; empty for the one that ships."
)
CHORDS = Param(
    "chords",
    "text",
    "",
    "The harmony to write to, such as Cm Ab Eb Bb: spread evenly over the bars.",
)
SHAPE = (ADVENTURE, DENSITY, LOW, HIGH, SCALE_LOCK, SIMILARITY, STYLE)
TEMPO = Param("tempo_bpm", "float", 120.0, "Tempo.", 20, 400, unit="bpm")
METRE = Param("metre", "text", "4/4", "Time signature, such as 6/8.")
SCALE = Param("scale", "text", "", 'Scale, such as "C minor"; empty leaves it open.')
PROMPT = Param("prompt", "text", "", "What it shall sound like.")
CONTINUE_FILE = Param(
    "continue_file",
    "text",
    "",
    "Path of an audio file to go on from; its last whole bars are heard first.",
)
MELODY_FILE = Param(
    "melody_file",
    "text",
    "",
    "Path of an audio file whose melody to follow; a clip of notes does the same.",
)
SAMPLE_RATE = Param(
    "sample_rate_hz", "int", 44_100, "The project's sample rate.", 8_000, 192_000, unit="Hz"
)
SEAM = Param(
    "seam",
    "bool",
    None,
    "Let the end lead into the start, so that it loops; by default unless it goes on from a file.",
)
STRETCH = Param(
    "stretch",
    "bool",
    False,
    "Stretch takes whose tempo came out up to 4 % off (extra stretch).",
)
PLAY = Param(
    "play", "bool", True, "Play the first take while it is made, where there is an audio output."
)
VOICES = Param(
    "voices",
    "text",
    "",
    "Which voice each clip is, such as soprano,bass; a lone clip is the soprano.",
)

# Of what is written for given clips or from nothing: the clips have a frame of their own.
FREE_DENSITY = replace(DENSITY, doc="Notes per bar, relative to what is usual.")
FREE_LOW = replace(LOW, doc="Lowest pitch to write; the role's own by default.")
FREE_HIGH = replace(HIGH, doc="Highest pitch to write; the role's own by default.")
FREE_BARS = replace(
    BARS, default=None, doc="How many bars to write; 4 by default, or all that the clips have."
)
FREE_TEMPO = replace(TEMPO, default=None, doc="Tempo; the first clip's by default, else 120.")
FREE_METRE = replace(
    METRE, default="", doc="Time signature, such as 6/8; the first clip's by default, else 4/4."
)
AUDIO_FRAME = (
    replace(BARS, default=None, doc="How many bars; 4 by default, or all that the clip has."),
    replace(
        TEMPO,
        default=None,
        doc="Tempo; by default the clip's, or one named in the words or a file's name, else 120.",
    ),
    replace(METRE, default="", doc="Time signature, such as 6/8; the clip's, else 4/4."),
)
ALONE = (
    replace(BARS, default=None, doc="Without clips: how many bars to write; 8 by default."),
    replace(TEMPO, default=None, doc="Without clips: the tempo; 120 by default."),
    replace(METRE, default="", doc="Without clips: the time signature; 4/4 by default."),
    replace(SCALE, doc='Without clips: the scale, such as "C minor"; empty leaves it open.'),
)
SPAN = (
    Param(
        "from_beats",
        "float",
        None,
        "Where the span begins.",
        -1e6,
        1e6,
        unit="beats",
        required=True,
    ),
    Param(
        "to_beats", "float", None, "Where the span ends.", -1e6, 1e6, unit="beats", required=True
    ),
)
