// SPDX-License-Identifier: Apache-2.0
// The notes of one clip as Live keeps them: ids, ranges, and never two at once on one key.
"use strict";

const RANGES = {
  pitch: [0, 127, undefined],
  start_time: [-1e6, 1e6, undefined],
  duration: [1e-9, 1e6, undefined],
  velocity: [1, 127, 100],
  mute: [0, 1, 0],
  probability: [0, 1, 1],
  velocity_deviation: [-127, 127, 0],
  release_velocity: [0, 127, 64],
};

function checked(given, allowed) {
  const note = {};
  for (const name of Object.keys(given)) {
    if (!(name in RANGES) && !allowed.includes(name)) throw new Error(`a note has no ${name}`);
  }
  for (const [name, [low, high, standard]] of Object.entries(RANGES)) {
    const value = given[name] === undefined ? standard : Number(given[name]);
    if (value === undefined) throw new Error(`a note needs ${name}`);
    if (!(value >= low && value <= high)) throw new Error(`${name} ${value} is out of range`);
    note[name] = value;
  }
  if (!Number.isInteger(note.pitch)) throw new Error("pitch is not whole");
  return note;
}

class Notes {
  constructor(nextId) {
    this.nextId = nextId;
    this.byId = new Map();
    this.selected = new Set();
  }

  all() {
    const notes = Array.from(this.byId.values());
    return notes.sort((a, b) => a.start_time - b.start_time || a.pitch - b.pitch);
  }

  add(given) {
    const ids = given.map((note) => {
      if ("note_id" in note) throw new Error("note_id must not be given to add_new_notes");
      const id = this.nextId();
      this.byId.set(id, { note_id: id, ...checked(note, []) });
      return id;
    });
    this.trim(new Set(given.map((note) => Number(note.pitch))));
    return ids;
  }

  modify(given) {
    for (const note of given) {
      if (!this.byId.has(note.note_id)) throw new Error(`no note has the id ${note.note_id}`);
      this.byId.set(note.note_id, { note_id: note.note_id, ...checked(note, ["note_id"]) });
    }
    this.trim(new Set(given.map((note) => Number(note.pitch))));
  }

  within(pitch, pitchSpan, time, timeSpan) {
    return this.all().filter(
      (note) =>
        note.pitch >= pitch && note.pitch < pitch + pitchSpan &&
        note.start_time >= time && note.start_time < time + timeSpan,
    );
  }

  remove(notes) {
    for (const note of notes) this.byId.delete(note.note_id);
  }

  // On one key a note ends where the next begins; of two that begin together the later stays.
  trim(pitches) {
    for (const pitch of pitches) {
      const line = Array.from(this.byId.values()).filter((note) => note.pitch === pitch);
      line.sort((a, b) => a.start_time - b.start_time || a.note_id - b.note_id);
      line.forEach((note, i) => {
        const next = line[i + 1];
        if (!next || note.start_time + note.duration <= next.start_time + 1e-9) return;
        if (next.start_time - note.start_time < 1e-9) this.byId.delete(note.note_id);
        else note.duration = next.start_time - note.start_time;
      });
    }
  }
}

module.exports = { Notes };
