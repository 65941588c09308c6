// SPDX-License-Identifier: Apache-2.0
// Notes in the three shapes they pass through: Live's dictionaries, the protocol's rows, and keys
// by which two lists of notes are compared. Pure.
"use strict";

// The protocol's field for each of Live's.
const FIELDS = [
  ["pitch", "pitch"],
  ["start_beats", "start_time"],
  ["duration_beats", "duration"],
  ["velocity", "velocity"],
  ["mute", "mute"],
  ["probability", "probability"],
  ["velocity_deviation", "velocity_deviation"],
  ["release_velocity", "release_velocity"],
];
// How exactly two notes are compared: straight and triplet places fall on whole numbers, so that
// no rounding can tell equal ones apart.
const STEPS_IN_BEAT = 49152;
const STEPS_IN_VALUE = 10000;

// Live's dictionaries as the protocol's rows; ids go along, so that locks and edits can name them.
function toRows(liveNotes) {
  const rows = liveNotes.map((note) => [
    ...FIELDS.map(([field, live]) => (field === "mute" ? Boolean(note[live]) : note[live])),
    note.note_id,
  ]);
  return { fields: [...FIELDS.map(([field]) => field), "id"], rows };
}

// The protocol's rows as [{ note, id, origin }]; `note` is what Live's add_new_notes takes.
function fromRows({ fields, rows }) {
  const place = Object.fromEntries(fields.map((field, index) => [field, index]));
  const known = FIELDS.filter(([field]) => place[field] !== undefined);
  return rows.map((row) => {
    const note = {};
    for (const [field, live] of known) note[live] = row[place[field]];
    if (note.mute !== undefined) note.mute = note.mute ? 1 : 0;
    return { note, id: row[place.id], origin: row[place.origin] };
  });
}

// A text that is the same for two notes that sound the same.
function key(note) {
  const beats = (value) => Math.round(value * STEPS_IN_BEAT);
  const rest = [note.velocity, note.probability, note.velocity_deviation, note.release_velocity];
  return [
    note.pitch,
    beats(note.start_time),
    beats(note.duration),
    Number(note.mute || 0),
    ...rest.map((value) => Math.round(Number(value) * STEPS_IN_VALUE)),
  ].join(" ");
}

// How many of the wanted notes are not among the found ones, and the reverse.
function compare(wanted, found) {
  const counts = new Map();
  for (const note of wanted) counts.set(key(note), (counts.get(key(note)) || 0) + 1);
  let extra = 0;
  for (const note of found) {
    const left = counts.get(key(note)) || 0;
    if (left) counts.set(key(note), left - 1);
    else extra += 1;
  }
  const missing = Array.from(counts.values()).reduce((sum, count) => sum + count, 0);
  return { missing, extra, same: missing === 0 && extra === 0 };
}

// Several clips' notes in one: of two that begin together on one key the longer stays, since a
// Live clip holds one at a time.
function merged(parts) {
  const longest = new Map();
  for (const part of parts) {
    for (const item of fromRows(part.notes)) {
      const where = item.note.pitch + " " + Math.round(item.note.start_time * STEPS_IN_BEAT);
      const rival = longest.get(where);
      if (!rival || rival.note.duration < item.note.duration) longest.set(where, item);
    }
  }
  const rows = Array.from(longest.values(), ({ note }) => [
    ...FIELDS.map(([, live]) => note[live]),
  ]);
  rows.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  return { ...parts[0], name: "", notes: { fields: FIELDS.map(([field]) => field), rows } };
}

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

// As Live writes it: 60 is C3.
function pitchName(pitch) {
  return NAMES[pitch % 12] + (Math.floor(pitch / 12) - 2);
}

module.exports = { toRows, fromRows, key, compare, merged, pitchName };
