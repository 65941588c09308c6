# SPDX-License-Identifier: Apache-2.0
"""The engine audiocraft: each take is one call of the package, watched and stopped from outside."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from models.audio.clip import AudioClip, AudioRole
from models.engine import (
    Answer,
    AudioAbility,
    EngineEvent,
    EngineInfo,
    Progress,
    Request,
    Result,
)
from models.engines.audiocraft.aside import Watch, aside
from models.errors import BadFile, NotInstalled
from models.musicgen.tones import tones_of
from models.param import Param
from models.theory.steps import telling

if TYPE_CHECKING:
    from models.audio.clip import Samples

RATE_HZ = 32_000
MELODY_PARTIALS = 4  # of the tones that a clip's notes are sung with


class Audiocraft:
    """Meta's audiocraft with its own MusicGen: text, melody, style, continuation."""

    info = EngineInfo(
        name="audiocraft",
        doc="Sound from words, a melody or a style, by the package audiocraft in its own Python.",
        commands=("audio",),
        kinds=("melodic",),
        needs_clips=False,
        params=(
            Param("model", "text", "facebook/musicgen-small", "Name or folder for audiocraft."),
            Param("guidance", "float", 3.0, "How closely the words are followed.", 1, 10),
            Param("temperature", "float", 1.0, "How freely it chooses.", 0.05, 2),
            Param("top_k", "int", 250, "Choose among so many likeliest sounds.", 0, 2048),
            Param("top_p", "float", 0.0, "Choose among the likeliest of this chance.", 0, 1),
        ),
        weights_licence="CC-BY-NC-4.0",
        commercial_use=False,
        modules=("torch", "audiocraft"),
        devices=("cuda", "cpu"),
        audio=AudioAbility(
            RATE_HZ, channels=2, delivery="whole", inputs=("continue", "melody"), max_seconds=300.0
        ),
    )

    def __init__(self) -> None:
        self._device = "cpu"
        self._name = ""
        self._model: Any = None

    def load(self, device: str) -> None:
        """Choose the device; the model is read when it is asked for."""
        import torch

        gpu = torch.cuda.is_available() and device != "cpu"
        self._device = "cuda" if gpu else "cpu"

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, and all takes with the result.

        Raises:
            NotInstalled: audiocraft is not in this environment.
            BadFile: the model can't be loaded or used here.
        """
        yield from self._ready(request.args["model"])
        answers = []
        for take in range(request.takes):
            making = _Making(self._model, request, take)
            for done in making.steps():
                yield Progress((take + done) / request.takes)
            answers.append(Answer(audio=making.audio))
        told = _left_out(request)
        yield Result(tuple(answers), told)

    def _ready(self, name: str) -> Iterator[EngineEvent]:
        """Read a model where it is not the one that is there."""
        from models.engines.audiocraft.package import load

        if self._name == name:
            return
        self._model, self._name = None, ""
        reading = aside(lambda watch: load(name, self._device))
        try:
            model = yield from telling(reading, lambda _: Progress(0.0, "loading"))
        except ImportError as error:
            raise NotInstalled(f"{error}; docs/musicgen.md has the lines.") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise BadFile(f"audiocraft can't load {name}: {error}.", where="model") from error
        if model.sample_rate != RATE_HZ:
            raise BadFile(f"{name} is no MusicGen of {RATE_HZ} Hz; take another.", where="model")
        self._model, self._name = model, name


class _Making:
    """One take."""

    def __init__(self, model: Any, request: Request, take: int) -> None:
        self._model, self._request, self._take = model, request, take
        self.audio: AudioClip | None = None

    def steps(self) -> Generator[float, None, None]:
        """How far it is; the sound is there at the end."""
        samples = yield from aside(self._work)
        self.audio = AudioClip(samples, RATE_HZ)

    def _work(self, watch: Watch) -> Samples:
        import torch

        args, model = self._request.args, self._model
        torch.manual_seed(self._request.seed * 1_000_003 + self._take)
        known = self._given("continue")
        hop = round(RATE_HZ / model.frame_rate)
        frames = math.ceil(self._request.length_samples / hop)
        lead = 0 if known is None else known.shape[-1] // hop * hop
        model.set_generation_params(
            top_k=min(args["top_k"], model.lm.card),
            top_p=args["top_p"],
            temperature=args["temperature"],
            cfg_coef=args["guidance"],
            duration=(lead / hop + frames + 0.5) / model.frame_rate,  # it rounds down to frames
        )
        model.set_custom_progress_callback(watch)
        sound = self._call(known, lead)[0, :, lead:].float().cpu()
        samples: Samples = sound.expand(2, -1).contiguous().numpy()
        return samples

    def _call(self, known: Any, lead: int) -> Any:
        """The package's call for what was given."""
        model, words = self._model, [self._request.args["prompt"].strip() or None]
        if lead:
            tail = known[:, known.shape[-1] - lead :]
            return model.generate_continuation(tail[None], RATE_HZ, words, progress=True)
        melody = self._melody()
        if melody is not None and _hears_sound(model):
            return model.generate_with_chroma(words, melody[None], RATE_HZ, progress=True)
        return model.generate(words, progress=True)

    def _given(self, role: AudioRole) -> Any:
        """A sound that was given, with the model's channels."""
        import torch

        for sound in self._request.audio:
            if sound.role == role:
                samples = torch.from_numpy(sound.clip.samples)
                one = self._model.audio_channels == 1
                return samples.mean(0, keepdim=True) if one else samples
        return None

    def _melody(self) -> Any:
        """The melody as sound: as it was given, or the clip's notes sung."""
        if self._request.clips:
            return _sung(self._request)
        return self._given("melody")


def _hears_sound(model: Any) -> bool:
    return "self_wav" in model.lm.condition_provider.conditioners


def _sung(request: Request) -> Any:
    """A clip's notes as plain tones (1, samples)."""
    import torch

    seconds = request.length_samples / RATE_HZ
    sound = torch.zeros(request.length_samples)
    for tone in tones_of(request.clips[0], request.args["tempo_bpm"], seconds):
        start, end = (round(moment * RATE_HZ) for moment in (tone.start_s, tone.end_s))
        time = torch.arange(min(end, len(sound)) - start) / RATE_HZ
        hertz = 440 * 2 ** ((tone.pitch - 69) / 12)
        for partial in range(1, MELODY_PARTIALS + 1):
            wave = torch.sin(2 * math.pi * hertz * partial * time)
            sound[start : start + len(time)] += 0.1 * tone.loudness / partial * wave
    return sound[None]


def _left_out(request: Request) -> tuple[str, ...]:
    """What the package can't do at once."""
    roles = {sound.role for sound in request.audio}
    if "continue" in roles and (request.clips or "melody" in roles):
        return ("the melody was not followed: audiocraft goes on from a sound without one",)
    return ()
