// SPDX-License-Identifier: Apache-2.0
// The protocol's clips into Live, in as few calls as possible, since each may be an undo step.
// A new clip by default; a clip that is there is changed only when asked, note by note, so that
// what hangs on its notes stays. Never called inside a notification.
"use strict";

const { fromRows, compare, key } = require("./notes.js");

const BATCH = 1000;
const ONE_CALL = 2000; // notes that go in at once
const IDS_IN_CALL = 500;

// Live's dictionaries of a part.
function notesOf(part) {
  return fromRows(part.notes).map((item) => item.note);
}

function writeSlot(slot, part, name) {
  slot.call("create_clip", part.length_beats);
  const clip = there(slot.child("clip"));
  fill(clip, part, name);
  return clip;
}

// Live says in Max's console why it made nothing; the panel has to say that it did not.
function there(clip) {
  if (clip) return clip;
  throw new Error("Live made no clip here. The take is kept: choose another place.");
}

// Live 12.2 gives the new clip; earlier versions do not, so it is looked up where it must be.
function writeArrangement(track, start, part, name) {
  const made = track.create("create_midi_clip", start, part.length_beats);
  const near = (clip) => Math.abs(clip.number("start_time") - start) < 1e-6;
  const clip = there(made || track.children("arrangement_clips").find(near));
  fill(clip, part, name);
  return clip;
}

function fill(clip, part, name) {
  clip.set("name", name);
  frame(clip, part);
  addNotes(clip, notesOf(part));
}

function addNotes(clip, notes) {
  const size = notes.length > ONE_CALL ? BATCH : ONE_CALL;
  for (let from = 0; from < notes.length; from += size) {
    clip.call("add_new_notes", { notes: notes.slice(from, from + size) });
  }
}

// Metre, loop and start marker, where the new clip does not have them already. A loop must never
// end before it starts, so the end that lies further out is moved first.
function frame(clip, part) {
  const [numerator, denominator] = part.metre;
  setUnless(clip, "signature_numerator", numerator);
  setUnless(clip, "signature_denominator", denominator);
  if (clip.flag("is_arrangement_clip")) return;
  const order = part.loop_start_beats >= clip.number("loop_end")
    ? ["loop_end", "loop_start"]
    : ["loop_start", "loop_end"];
  for (const place of order) setUnless(clip, place, part[place + "_beats"]);
  setUnless(clip, "start_marker", part.start_marker_beats);
}

function setUnless(clip, property, value) {
  if (Math.abs(clip.number(property) - value) > 1e-9) clip.set(property, value);
}

// Other notes into a clip that this device wrote itself; it may be playing.
function replaceNotes(clip, part, name) {
  clip.call("remove_notes_extended", 0, 128, -1e6, 2e6);
  if (name !== clip.text("name")) clip.set("name", name);
  frame(clip, part);
  addNotes(clip, notesOf(part));
}

// Change the source itself: notes that differ are modified under their ids, what the engine left
// out is removed, what is new added. All other notes are not touched.
function editInPlace(clip, part) {
  const found = new Map(clip.notes("get_all_notes_extended").map((note) => [note.note_id, note]));
  const items = fromRows(part.notes);
  const theirs = items.filter(({ id }) => found.has(id));
  const named = new Set(theirs.map(({ id }) => id));
  const edited = theirs.filter(({ note, id }) => key(note) !== key(found.get(id)));
  const gone = Array.from(found.keys()).filter((id) => !named.has(id));
  const fresh = items.filter(({ id }) => !found.has(id)).map(({ note }) => note);
  for (let from = 0; from < gone.length; from += IDS_IN_CALL) {
    clip.call("remove_notes_by_id", ...gone.slice(from, from + IDS_IN_CALL));
  }
  if (edited.length) {
    const notes = edited.map(({ note, id }) => ({ ...found.get(id), ...note }));
    clip.call("apply_note_modifications", { notes });
  }
  if (fresh.length) addNotes(clip, fresh);
}

// What Live made of it: one sentence when it differs, else "".
function differences(clip, part) {
  const wanted = notesOf(part);
  const found = clip.notes("get_all_notes_extended");
  const { same, missing, extra } = compare(wanted, found);
  if (same) return "";
  const changed = Math.max(missing, extra);
  const lost = wanted.length - found.length;
  const what = lost > 0 ? `${lost} of ${wanted.length} notes are not there` :
    `${changed} of ${wanted.length} notes were changed`;
  return `Live trims overlaps on one key: ${what}.`;
}

// Whether the clip still is as the device left it.
function untouched(clip, part) {
  return clip.alive && compare(notesOf(part), clip.notes("get_all_notes_extended")).same;
}

module.exports = {
  writeSlot, writeArrangement, replaceNotes, editInPlace, differences, untouched,
};
