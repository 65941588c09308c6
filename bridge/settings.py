# SPDX-License-Identifier: Apache-2.0
"""Settings: everything the daemon can be told, each key with its range, default and one sentence.

One name serves everywhere: `osc_port` in `config.toml`, `NEXTBAR_OSC_PORT` in the environment,
`--osc-port` as a flag. `bridge.config` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bridge import paths
from bridge.core.stage import MODES, PARTS, PLAYED
from models.param import Param, ParamKind
from models.places import expanded

ENVIRONMENT_PREFIX = "NEXTBAR_"
SECRETS = frozenset({"token"})
_LEVELS = ("debug", "info", "warning", "error")


def _setting(default: Any, kind: ParamKind, doc: str, **limits: Any) -> Any:
    """A field of `Settings` that carries its own description."""
    return field(default=default, metadata={"kind": kind, "doc": doc, **limits})


def _port(default: int, doc: str) -> Any:
    return _setting(default, "int", doc, low=0, high=65535)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; `origins` says for each key where its value came from."""

    host: str = _setting(
        "127.0.0.1",
        "text",
        "Address to listen on; any but this machine's own needs allow_remote and a token.",
    )
    osc_port: int = _port(9311, "UDP port for OSC; 0 takes a free one.")
    http_port: int = _port(9312, "TCP port for HTTP and WebSocket; 0 takes a free one.")
    allow_remote: bool = _setting(
        False, "bool", "Let other machines in; needs a token, which they must present."
    )
    token: str = _setting("", "text", "The secret that other machines must present.")
    takes_folder: str = _setting(
        "", "text", "Where takes are kept; empty for the usual folder (`nextbar config path`)."
    )
    takes_limit: int = _setting(
        1000,
        "int",
        "How many takes are kept; the oldest go first, never those marked to keep.",
        low=1,
        high=1_000_000,
        unit="takes",
    )
    takes_sound_mb: int = _setting(
        10_000,
        "int",
        "How large the audio files of all takes may be together; the oldest go first, likewise.",
        low=1,
        high=100_000_000,
        unit="MB",
    )
    queue_depth: int = _setting(
        8,
        "int",
        "How many jobs may wait before new ones are refused.",
        low=1,
        high=1000,
        unit="jobs",
    )
    keep_alive_s: float = _setting(
        300.0,
        "float",
        "How long an idle engine stays loaded.",
        low=0,
        high=604_800,
        unit="seconds",
    )
    worker_memory_mb: int = _setting(
        0,
        "int",
        "Memory a worker process may take; 0 sets no limit.",
        low=0,
        high=1_048_576,
        unit="MiB",
    )
    max_message_mb: int = _setting(
        16,
        "int",
        "Largest message that is read; OSC carries 16 MiB at most.",
        low=1,
        high=1024,
        unit="MiB",
    )
    device: str = _setting(
        "auto",
        "choice",
        "Where models that can use a GPU compute; auto takes the best that is there.",
        choices=("auto", "cpu", "cuda", "mps"),
    )
    audio_folders: str = _setting(
        "",
        "text",
        "Folders from which audio files may be read, with ; between; empty for any, or with "
        "allow_remote for the takes alone.",
    )
    audio_out: str = _setting(
        "",
        "text",
        "Where sound is played while it is made: jack, default or the name of a device "
        "(`nextbar audio devices`); empty for nowhere.",
    )
    log_level: str = _setting("info", "choice", "How much is logged.", choices=_LEVELS)
    midi: bool = _setting(False, "bool", "Open MIDI ports and play (docs/midi.md).")
    midi_api: str = _setting(
        "auto",
        "choice",
        "Which MIDI system; auto takes the first that works.",
        choices=("auto", "jack", "alsa", "rtmidi-jack", "coremidi", "winmm"),
    )
    midi_input: str = _setting(
        "", "text", "More ports to listen to: names or parts of names, with commas between."
    )
    midi_output: str = _setting("", "text", "More ports to play to, likewise.")
    midi_clock: str = _setting(
        "auto",
        "choice",
        "Whose clock: follow one from outside, be the clock (internal), follow Ableton Link; auto "
        "keeps its own until one is heard.",
        choices=("auto", "follow", "internal", "link"),
    )
    midi_tempo_bpm: float = _setting(
        120.0, "float", "Tempo, where nextbar is the clock.", low=20, high=400, unit="bpm"
    )
    midi_metre: str = _setting("4/4", "text", "Time signature of what is played, such as 6/8.")
    midi_mode: str = _setting(
        "answer", "choice", "What happens with what is played, to begin with.", choices=MODES
    )
    midi_command: str = _setting(
        "continue", "choice", "What answers a phrase, to begin with.", choices=PLAYED
    )
    midi_role: str = _setting(
        "bass", "choice", "What accompany and generate write, to begin with.", choices=PARTS
    )
    midi_engine: str = _setting(
        "", "text", "Which engine answers, to begin with; empty for the best one available."
    )
    midi_bars: int = _setting(
        2, "int", "How many bars an answer has, to begin with.", low=1, high=16, unit="bars"
    )
    midi_phrase: str = _setting(
        "silence",
        "choice",
        "What ends a phrase: silence, a number of bars, or a control change alone.",
        choices=("silence", "bars", "control"),
    )
    midi_phrase_bars: int = _setting(
        2, "int", "How long a phrase is that ends by bars.", low=1, high=64, unit="bars"
    )
    midi_silence_beats: float = _setting(
        2.0, "float", "How much silence ends a phrase.", low=0.25, high=64, unit="beats"
    )
    midi_quantise_beats: float = _setting(
        0.0,
        "float",
        "Grid that what is played is moved to, such as 0.25; 0 leaves it as it was played.",
        low=0,
        high=4,
        unit="beats",
    )
    midi_ahead_bars: int = _setting(
        2, "int", "How far endless playing is ahead.", low=1, high=16, unit="bars"
    )
    midi_channels: str = _setting(
        "melody=1,bass=2,chords=3,counter=4,drums=10",
        "text",
        "Which role plays on which channel.",
    )
    midi_programs: bool = _setting(False, "bool", "Send each role's General MIDI program.")
    midi_delay_ms: float = _setting(
        0.0,
        "float",
        "How much later everything is played; below 0 earlier, for a sound that lags.",
        low=-500,
        high=500,
        unit="ms",
    )
    midi_first_control: int = _setting(
        102, "int", "Number of the first control change that steers.", low=0, high=111
    )
    midi_captures_folder: str = _setting(
        "", "text", "Where what is played is written as MIDI files too; empty for nowhere."
    )
    engines: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "doc": "More engines: the place of the class, and the Python interpreter that runs "
            "it, empty for nextbar's own."
        },
    )
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    def takes_path(self) -> Path:
        """The takes folder in force."""
        chosen = self.takes_folder
        return expanded(chosen, "takes_folder").absolute() if chosen else paths.takes_folder()

    def takes_limits(self) -> tuple[int, int]:
        """How many takes are kept, and how many bytes of sound."""
        return self.takes_limit, self.takes_sound_mb * 10**6

    def audio_reach(self) -> tuple[Path, ...] | None:
        """The folders from which audio may be read; None for any."""
        named = [folder.strip() for folder in self.audio_folders.split(";")]
        folders = tuple(expanded(name, "audio_folders").absolute() for name in named if name)
        if not folders and not self.allow_remote:
            return None
        return (*folders, self.takes_path())


def keys() -> tuple[Param, ...]:
    """Every key but `engines`, with kind, range, default and one sentence."""
    described = (f for f in fields(Settings) if "kind" in f.metadata)
    return tuple(Param(name=f.name, default=f.default, **f.metadata) for f in described)


def engines_doc() -> str:
    """The sentence about `engines`, the one key that is a table."""
    return str(next(f for f in fields(Settings) if f.name == "engines").metadata["doc"])


def variable(key: str) -> str:
    """The environment variable of a key."""
    return ENVIRONMENT_PREFIX + key.upper()


def default_toml() -> str:
    """A configuration file with every key at its default, commented out."""
    lines = ["# nextbar's settings. Remove the # before a line to change it.", ""]
    for param in keys():
        lines += [f"# {param.doc}", f"# {param.name} = {_toml(param.default)}", ""]
    lines += [f"# {engines_doc()}", "# [engines]", '# "package.module:Class" = ""', ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
