# SPDX-License-Identifier: Apache-2.0
"""What given clips play: lead, bass, chords, drums ... as the corpus names roles."""

from __future__ import annotations

from collections.abc import Sequence

from models.clip import Clip, Note
from models.corpus.roles import assign_roles, part_facts

_BASS_BELOW = 52.0  # mean pitch under which a lone line is a bass


def roles_of(clips: Sequence[Clip], heard: Sequence[Sequence[Note]]) -> list[str]:
    """What each clip plays: by its kind, its name, its movement and its register."""
    facts = [part_facts(clip.with_notes(notes)) for clip, notes in zip(clips, heard, strict=True)]
    roles = assign_roles(facts)
    low_lines = [
        index
        for index, (role, part) in enumerate(zip(roles, facts, strict=True))
        if role in {"lead", "arp", "other"} and part.mean_pitch < _BASS_BELOW and part.single > 0.7
    ]
    if low_lines and not {"bass", "B"} & set(roles):
        roles[min(low_lines, key=lambda index: facts[index].mean_pitch)] = "bass"
    if len(clips) == 1 and roles[0] == "other":
        roles[0] = "lead"
    return roles
