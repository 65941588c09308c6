// SPDX-License-Identifier: Apache-2.0
// What the musician is working on: the selected clip as the protocol wants it, its track, its
// place in the set, and the drum pads of its track. Reads only.
"use strict";

const live = require("./live.js");
const { toRows } = require("./notes.js");

const DEEPEST_RACK = 4;

// The clip in the Detail View, else the one in the highlighted slot; null for none.
function selectedClip() {
  const shown = live.at("live_set view detail_clip");
  if (shown) return shown;
  const slot = live.at("live_set view highlighted_clip_slot");
  return slot && slot.flag("has_clip") ? slot.child("clip") : null;
}

// The track that something is on: a device in a rack has chains and racks between.
function trackOf(object) {
  let found = object;
  while (found && found.type !== "Track") found = found.child("canonical_parent");
  return found;
}

function ownTrack() {
  return trackOf(live.at("this_device"));
}

function tracks() {
  return live.at("live_set").children("tracks");
}

// Number of the clip's slot on its track, -1 for a clip in the Arrangement.
function slotIndex(clip) {
  if (clip.flag("is_arrangement_clip")) return -1;
  const slot = clip.child("canonical_parent");
  return trackOf(clip)
    .children("clip_slots")
    .findIndex((other) => other.same(slot));
}

// The clip as the protocol writes it.
function readClip(clip) {
  const song = live.at("live_set");
  const loopEnd = clip.number("loop_end");
  const pads = padsOf(trackOf(clip));
  return {
    name: clip.text("name"),
    length_beats: Math.max(loopEnd, clip.number("end_marker")),
    loop_start_beats: clip.number("loop_start"),
    loop_end_beats: loopEnd,
    start_marker_beats: clip.number("start_marker"),
    metre: [clip.number("signature_numerator"), clip.number("signature_denominator")],
    tempo_bpm: song.number("tempo"),
    scale: readScale(song),
    kind: pads ? "drums" : "melodic",
    pads: pads || [],
    notes: toRows(clip.notes("get_all_notes_extended")),
  };
}

// The set's scale, where the musician has switched scale mode on.
function readScale(song) {
  if (!song.flag("scale_mode")) return null;
  return {
    root: song.number("root_note"),
    intervals: song.list("scale_intervals").map(Number),
    name: song.text("scale_name"),
  };
}

// [[pitch, name], ...] of the filled pads of the track's drum rack; null without one.
function padsOf(track) {
  const rack = track && drumRack(track.children("devices"), DEEPEST_RACK);
  if (!rack) return null;
  const filled = rack.children("drum_pads").filter((pad) => pad.children("chains").length > 0);
  return filled.map((pad) => [pad.number("note"), pad.text("name")]);
}

function drumRack(devices, depth) {
  for (const device of devices) {
    if (device.flag("can_have_drum_pads")) return device;
    if (depth === 0 || !device.flag("can_have_chains")) continue;
    for (const chain of device.children("chains")) {
      const inner = drumRack(chain.children("devices"), depth - 1);
      if (inner) return inner;
    }
  }
  return null;
}

// From the first to the last selected note, in beats; null when none is selected.
function selectedSpan(clip) {
  const notes = clip.notes("get_selected_notes_extended");
  if (!notes.length) return null;
  return [
    Math.min(...notes.map((note) => note.start_time)),
    Math.max(...notes.map((note) => note.start_time + note.duration)),
  ];
}

module.exports = {
  selectedClip, trackOf, ownTrack, tracks, slotIndex, readClip, selectedSpan,
};
