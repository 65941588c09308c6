# SPDX-License-Identifier: Apache-2.0
"""Facts: what is told of a session on the other doors, the fields of `STATE_FIELDS`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bridge.doors.midi.session import Session


def facts_of(session: Session, now_s: float) -> dict[str, Any]:
    """What is chosen, and how it goes."""
    line = session.conductor.timeline()
    beats = line.song_beats(line.bar_start(line.beats_at(now_s), session.metre)) if line else 0.0
    counts, follower = session.schedule.counts, session.conductor.follower
    return {
        **asdict(session.choice),
        "clock": session.conductor.source,
        "tempo_bpm": round(line.tempo_bpm if line else session.choice.tempo_bpm, 2),
        "playing": line is not None,
        "bar": round(beats / session.metre.bar_beats) + 1,
        "recorded_notes": len(session.recorder),
        "job": session.band.waiting,
        "bars_ahead": len(session.band.queue),
        "layers": len(session.band.layers),
        "notes_out": counts.notes,
        "late_notes": counts.late,
        "repeated_bars": session.band.queue.repeated,
        "stats": {
            "dropped_notes": counts.dropped,
            "lost_ticks": follower.lost_ticks,
            "foreign_ticks": follower.foreign_ticks + session.conductor.other_ticks,
            "thinned_controllers": session.recorder.thinned,
            "stuck_notes": session.stuck,
            "broken_messages": session.broken,
        },
        "notice": session.notice,
    }
