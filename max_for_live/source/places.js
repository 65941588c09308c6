// SPDX-License-Identifier: Apache-2.0
// Where results go: empty slots of a track, further tracks, or free room in the Arrangement.
// Nothing that is there already is ever covered.
"use strict";

const live = require("./live.js");
const { slotIndex, trackOf, ownTrack, tracks } = require("./reading.js");

// A reason that the musician should read.
class NoPlace extends Error {}

// The track that a choice of the Where menu means.
function targetTrack(where, { name, lastOther }) {
  if (where === "named") return namedTrack(name);
  if (where === "selected") return otherTrack(lastOther);
  return usable(ownOf("has_midi_input", "MIDI"));
}

// The device's own track, which must be one with clips: not a return track, not the main one.
function ownOf(input, kind) {
  const own = ownTrack();
  const here = own && tracks().some((track) => track.same(own));
  if (here && own.flag(input)) return own;
  throw new NoPlace(`Put this device on ${kind === "MIDI" ? "a MIDI" : "an audio"} track.`);
}

// The track that audio goes to: the device's own.
function audioTrack() {
  return usable(ownOf("has_audio_input", "audio"));
}

function usable(track) {
  if (!track.flag("is_frozen")) return track;
  throw new NoPlace(`The track ${track.text("name")} is frozen: unfreeze it first.`);
}

function namedTrack(name) {
  const wanted = name.trim().toLowerCase();
  if (!wanted) throw new NoPlace("Type the name of a MIDI track under Named track.");
  const found = tracks().find((track) => track.text("name").toLowerCase() === wanted);
  if (!found) throw new NoPlace(`No track is called "${name.trim()}".`);
  if (!takesMidi(found)) throw new NoPlace(`"${name.trim()}" is no MIDI track.`);
  return usable(found);
}

// The track that was selected last, other than the device's own: a click on this device selects
// its own track.
function otherTrack(id) {
  const found = id && live.byId(id);
  if (!found) throw new NoPlace("Click another MIDI track first, then come back.");
  if (!takesMidi(found)) {
    const name = found.text("name");
    throw new NoPlace(`${name} was clicked last and is no MIDI track: click another.`);
  }
  return usable(found);
}

function takesMidi(track) {
  return track.flag("has_midi_input") && !track.flag("is_foldable");
}

// `count` empty slots of the track, from the source's row on; scenes are added where the set ends.
// Gives { slots, added }.
function emptySlots(track, source, count) {
  const first = source && !source.flag("is_arrangement_clip") ? slotIndex(source) : 0;
  const from = source && trackOf(source).same(track) ? first + 1 : first;
  const slots = track.children("clip_slots").slice(from).filter(isFree).slice(0, count);
  const added = count - slots.length;
  if (added === 0) return { slots, added };
  for (let i = 0; i < added; i++) live.at("live_set").call("create_scene", -1);
  const all = track.children("clip_slots");
  return { slots: [...slots, ...all.slice(all.length - added)], added };
}

// Empty, and not kept empty of a stop button for a group track.
function isFree(slot) {
  return !slot.flag("has_clip") && !slot.flag("is_group_slot");
}

// The tracks on which the voices of one answer can stand side by side in one row: the given one
// and the next MIDI tracks to its right. null when there are too few.
function sideBySide(track, count) {
  const all = tracks();
  const from = all.findIndex((other) => other.same(track));
  const free = (other) => takesMidi(other) && !other.flag("is_frozen");
  const found = all.slice(from).filter(free).slice(0, count);
  return found.length === count ? found : null;
}

// The first row in which every one of the tracks is free, from the source's row on.
function commonRow(voices, source) {
  const columns = voices.map((track) => track.children("clip_slots"));
  const first = source && !source.flag("is_arrangement_clip") ? slotIndex(source) : 0;
  for (let row = first; row < columns[0].length; row++) {
    if (columns.every((slots) => isFree(slots[row]))) return columns.map((slots) => slots[row]);
  }
  live.at("live_set").call("create_scene", -1);
  return voices.map((track) => track.children("clip_slots").pop());
}

// Where in the Arrangement `length` beats are free: after the source, or from the next bar on when
// the source is in a slot. What lies there is left alone: the place moves behind it.
function freeTime(track, source, length) {
  const song = live.at("live_set");
  const bar = (song.number("signature_numerator") * 4) / song.number("signature_denominator");
  let start = source && source.flag("is_arrangement_clip")
    ? source.number("end_time")
    : Math.ceil(song.number("current_song_time") / bar - 1e-9) * bar;
  const taken = track
    .children("arrangement_clips")
    .map((clip) => [clip.number("start_time"), clip.number("end_time")])
    .sort((a, b) => a[0] - b[0]);
  for (const [from, to] of taken) {
    if (from < start + length - 1e-9 && to > start + 1e-9) start = to;
  }
  return start;
}

// Why there is no place for a result; "" when there is one.
function whyNot(find) {
  try {
    find();
  } catch (error) {
    if (error instanceof NoPlace) return error.message;
    throw error;
  }
  return "";
}

module.exports = {
  NoPlace, whyNot, targetTrack, audioTrack, emptySlots, sideBySide, commonRow, freeTime,
};
