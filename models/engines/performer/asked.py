# SPDX-License-Identifier: Apache-2.0
"""What a request for a groove asks: which notes stay, whose style is meant, what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from models.clip import Clip
from models.engine import Request
from models.errors import BadClip

# The styles of the command table as drummers of that name were recorded.
DRUMMERS: Mapping[str, str] = MappingProxyType(
    {
        "rock": "rock",
        "metal": "punk",
        "electronic": "dance",
        "jazz": "jazz",
        "funk": "funk",
        "hiphop": "hiphop",
        "latin": "latin",
        "song": "pop",
        "folk": "country",
    }
)


def need_notes(clip: Clip) -> None:
    """Refuse a clip of which nothing can be played.

    Raises:
        BadClip: all of it is muted, or it is empty.
    """
    if all(note.mute for note in clip.notes):
        raise BadClip(
            "The clip has no sounding note to be played; draw one in first.", where="clip"
        )


def staying(request: Request) -> frozenset[int]:
    """Numbers of the notes that must not change: muted and locked ones."""
    lanes, ids = set(request.args.get("lock", ())), set(request.args.get("lock_ids", ()))
    return frozenset(
        index
        for index, note in enumerate(request.clips[0].notes)
        if note.mute or note.pitch in lanes or (note.id is not None and note.id in ids)
    )


def idle(request: Request, stays: frozenset[int]) -> str:
    """Why nothing may change, in words; empty where something may."""
    args = request.args
    if not args["amount"]:
        return "amount 0 changes nothing; the clip is as it was"
    if not (args["timing"] or args["dynamics"]):
        return "timing and dynamics are both off; the clip is as it was"
    if len(stays) == len(request.clips[0].notes):
        return "nothing here may change; the clip is as it was"
    return ""


def style_of(request: Request) -> str | None:
    """The drummer's style that is meant; None for any."""
    if request.clips[0].kind != "drums":
        return None
    return DRUMMERS.get(request.args["style"])


def remarks(request: Request) -> Iterator[str]:
    """What of the request makes no difference, a sentence each."""
    style, adventure = request.args["style"], request.args["adventure"]
    if len(request.clips) > 1:
        turned = [
            name for name, set_ in (("style", style), ("adventure", adventure != 0.5)) if set_
        ]
        if turned:
            yield f"{' and '.join(turned)} did nothing: the second clip gives the groove"
        yield from _outside(request.clips[0])
    elif style and request.clips[0].kind != "drums":
        yield "style did nothing: only drummers of several styles were learned from"
    elif style and style not in DRUMMERS:
        yield f"style did nothing: no drummer who plays {style} was learned from"


def _outside(clip: Clip) -> Iterator[str]:
    low, high = clip.loop_start_beats, clip.loop_end_beats
    count = sum(not (n.mute or low <= n.start_beats < high) for n in clip.notes)
    if count:
        yield f"{count} notes outside the loop are as they were: a groove is read from loop to loop"
