// SPDX-License-Identifier: Apache-2.0
// What the panel's picture shows: of Continue the clip and, after it, what was written; of all
// else what was written. Pure.
"use strict";

// `frame`: { length_beats, bar_beats } of the notes.
function picture({ wrote, source }, frame, notes) {
  const data = wrote === "continue" && source ? source.data : null;
  if (!data || !data.notes) return { frame, notes };
  const [start, end] = [data.loop_start_beats, data.loop_end_beats];
  const before = sourceNotes(data)
    .filter((note) => note.start_time >= start && note.start_time < end)
    .map((note) => ({ ...note, start_time: note.start_time - start }));
  const after = notes.map((note) => ({ ...note, start_time: note.start_time + end - start }));
  const length_beats = end - start + frame.length_beats;
  return { frame: { ...frame, length_beats }, notes: [...before, ...after] };
}

// The notes of a clip that was read, as kept ones.
function sourceNotes(data) {
  return data.notes.rows.map(([pitch, start_time, duration, velocity]) => ({
    pitch, start_time, duration, velocity, kept: 1,
  }));
}

module.exports = { picture, sourceNotes };
