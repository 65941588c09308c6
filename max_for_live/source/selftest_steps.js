// SPDX-License-Identifier: Apache-2.0
// What the selftest asks of Live, Max and the daemon, a step each. A step gives facts for the
// report, throws when something that the devices rely on is not so, and ends before Live shows
// what was written: what must be read later is a step of its own.
"use strict";

const { Ports } = require("./address.js");
const live = require("./live.js");
const reading = require("./reading.js");
const { compare } = require("./notes.js");
const world = require("./platform.js");

function demand(holds, words) {
  if (!holds) throw new Error(words);
}

function line(count, from = 0) {
  return Array.from({ length: count }, (_, i) => ({
    pitch: 36 + (i % 60),
    start_time: from + i / 4,
    duration: 0.2,
    velocity: 1 + (i % 127),
    mute: i % 7 === 0 ? 1 : 0,
    probability: 1 / 3,
    velocity_deviation: (i % 11) - 5,
    release_velocity: i % 128,
  }));
}

function all(clip) {
  return clip.notes("get_all_notes_extended");
}

// { ms, result } of some work.
function timed(work) {
  const begun = world.now();
  const result = work();
  return { ms: world.now() - begun, result };
}

function song() {
  return live.at("live_set");
}

const ABOUT = [
  ["versions", () => ({ live: live.liveVersion().join("."), ...world.maxFacts() })],
  ["own track", () => ({ type: reading.ownTrack().type, device: world.devicePath() !== "" })],
  ["port file", () => ({ ports: new Ports().candidates(0) })],
  ["song", () => ({
    tempo: song().number("tempo"),
    metre: [song().number("signature_numerator"), song().number("signature_denominator")],
    scale: [song().flag("scale_mode"), song().number("root_note"), song().text("scale_name")],
    intervals: song().list("scale_intervals").length,
    time: song().number("current_song_time"),
  })],
  ["selection", () => {
    const clip = reading.selectedClip();
    const track = live.at("live_set view selected_track");
    return { clip: clip ? clip.type : "none", track: track ? track.type : "none" };
  }],
];

const SCRATCH = [
  ["MIDI track", (scratch) => {
    const made = song().call("create_midi_track", -1);
    scratch.track = song().children("tracks").pop();
    demand(scratch.track.flag("has_midi_input"), "the new track is no MIDI track");
    scratch.track.set("name", "nextbar selftest");
    return { gives: String(made) };
  }],
  ["audio track", (scratch) => {
    song().call("create_audio_track", -1);
    scratch.audio = song().children("tracks").pop();
    demand(scratch.audio.flag("has_audio_input"), "the new track is no audio track");
  }],
  ["name that was written", (scratch) => {
    demand(scratch.track.text("name") === "nextbar selftest", "the name was not taken");
  }],
  ["empty slot", (scratch) => {
    [scratch.slot, scratch.otherSlot] = scratch.track.children("clip_slots");
    demand(!scratch.slot.flag("has_clip"), "a new track has a clip");
    return { slots: scratch.track.children("clip_slots").length,
      group: scratch.slot.flag("is_group_slot") };
  }],
  ["create_clip", (scratch) => {
    const gives = scratch.slot.call("create_clip", 8);
    scratch.clip = scratch.slot.child("clip");
    demand(scratch.clip, "no clip came of create_clip");
    const places = ["loop_start", "loop_end", "start_marker", "end_marker"];
    return { gives: String(gives), places: places.map((place) => scratch.clip.number(place)) };
  }],
];

const NOTES = [
  ["observe notes", (scratch) => {
    scratch.heard = 0;
    scratch.stop = live.watch("id " + scratch.clip.id, "notes", () => {
      scratch.heard += 1;
    });
  }],
  ["add 500 notes", (scratch) => {
    const { ms, result } = timed(() => scratch.clip.call("add_new_notes", { notes: line(500) }));
    return { ms, gives: typeof result, first: String(result).slice(0, 20) };
  }],
  ["read 500 notes", (scratch) => {
    const raw = scratch.clip.call("get_all_notes_extended");
    const { ms, result } = timed(() => all(scratch.clip));
    const { missing, extra } = compare(line(500), result);
    demand(missing === 0 && extra === 0, `${missing} notes missing, ${extra} others`);
    const exact = result.some((note) => note.probability === 1 / 3);
    return { ms, gives: typeof raw, fields: Object.keys(result[0]), doubles: exact };
  }],
  ["observer was told", (scratch) => {
    scratch.stop();
    demand(scratch.heard > 0, "nobody told of the notes");
    return { times: scratch.heard };
  }],
  ["notes in a range", (scratch) => {
    const found = scratch.clip.notes("get_notes_extended", 0, 128, 0, 4);
    demand(found.length === 16, `${found.length} notes in 4 beats, not 16`);
  }],
  ["selected notes", (scratch) => {
    scratch.clip.call("select_all_notes");
    const found = scratch.clip.notes("get_selected_notes_extended").length;
    demand(found === 500, `${found} notes selected, not 500`);
    scratch.clip.call("deselect_all_notes");
  }],
  ["modify a note", (scratch) => {
    const [first] = all(scratch.clip);
    scratch.edited = { ...first, velocity: 77 };
    scratch.clip.call("apply_note_modifications", { notes: [scratch.edited] });
  }],
  ["the modified note", (scratch) => {
    const found = all(scratch.clip).find((note) => note.note_id === scratch.edited.note_id);
    demand(found && found.velocity === 77, "the velocity was not taken");
  }],
  ["remove by id", (scratch) => {
    const ids = all(scratch.clip).slice(0, 10).map((note) => note.note_id);
    scratch.clip.call("remove_notes_by_id", ...ids);
    const left = all(scratch.clip).length;
    demand(left === 490, `${left} notes left, not 490`);
  }],
  ["remove all", (scratch) => {
    scratch.clip.call("remove_notes_extended", 0, 128, -1e6, 2e6);
    demand(all(scratch.clip).length === 0, "notes were left");
  }],
  ["overlaps on one key", (scratch) => {
    const given = [[0, 2], [1, 2], [1.5, 0.25]].map(([start_time, duration]) => ({
      pitch: 60, start_time, duration,
    }));
    scratch.clip.call("add_new_notes", { notes: given });
    const found = all(scratch.clip).map((note) => [note.start_time, note.duration]);
    scratch.clip.call("remove_notes_extended", 0, 128, -1e6, 2e6);
    return { given: 3, found };
  }],
  ["notes before beat 0, pitch 0 and 127", (scratch) => {
    const given = [0, 127].map((pitch) => ({ pitch, start_time: -1, duration: 0.5 }));
    scratch.clip.call("add_new_notes", { notes: given });
    const found = all(scratch.clip).length;
    scratch.clip.call("remove_notes_extended", 0, 128, -1e6, 2e6);
    demand(found === 2, `${found} of 2 notes are there`);
  }],
  ["add 5,000 notes in fives", (scratch) => {
    const notes = line(5000);
    const { ms } = timed(() => {
      for (let from = 0; from < 5000; from += 1000) {
        scratch.clip.call("add_new_notes", { notes: notes.slice(from, from + 1000) });
      }
    });
    return { ms };
  }],
  ["read 5,000 notes", (scratch) => {
    const { ms, result } = timed(() => all(scratch.clip));
    demand(result.length === 5000, `${result.length} notes, not 5000`);
    return { ms };
  }],
];

const PLACES = [
  ["loop and markers", (scratch) => {
    scratch.clip.set("loop_end", 16);
    scratch.clip.set("loop_start", 8);
    scratch.clip.set("start_marker", 8);
    scratch.clip.set("signature_numerator", 3);
  }],
  ["loop and markers that were written", (scratch) => {
    const places = ["loop_start", "loop_end", "start_marker", "signature_numerator"];
    const found = places.map((place) => scratch.clip.number(place));
    demand(found.join() === "8,16,8,3", `they are ${found.join()}`);
    return { end_marker: scratch.clip.number("end_marker") };
  }],
  ["scenes", () => {
    const before = song().children("scenes").length;
    song().call("create_scene", -1);
    const after = song().children("scenes").length;
    song().call("delete_scene", after - 1);
    demand(after === before + 1, "no scene was added");
  }],
  ["Arrangement", (scratch) => {
    const gives = scratch.track.call("create_midi_clip", 400, 4);
    const clips = scratch.track.children("arrangement_clips");
    demand(clips.length === 1, `${clips.length} clips in the Arrangement, not 1`);
    return { gives: String(gives), start: clips[0].number("start_time"),
      end: clips[0].number("end_time") };
  }],
  ["stale id", (scratch) => {
    scratch.otherSlot.call("create_clip", 4);
    const clip = scratch.otherSlot.child("clip");
    scratch.otherSlot.call("delete_clip");
    demand(!clip.alive, "a deleted clip still counts as there");
  }],
  ["undo steps", () => {
    const found = {};
    for (const name of ["begin_undo_step", "end_undo_step"]) {
      try {
        found[name] = String(song().call(name));
      } catch (error) {
        found[name] = error.message;
      }
    }
    return found;
  }],
  ["audio clip of no audio file", (scratch) => {
    const [slot] = scratch.audio.children("clip_slots");
    try {
      slot.call("create_audio_clip", world.devicePath() || "/nextbar/none.wav");
    } catch (error) {
      return { says: error.message };
    }
    demand(!slot.flag("has_clip"), "a clip was made of no audio file");
    return { says: "nothing" };
  }],
];

const STEPS = [...ABOUT, ...SCRATCH, ...NOTES, ...PLACES];

// Remove what the steps have made, whatever became of them.
function tidy(scratch) {
  if (scratch.stop) scratch.stop();
  for (const track of [scratch.track, scratch.audio]) {
    if (!track) continue;
    const index = song().children("tracks").findIndex((other) => other.same(track));
    if (index >= 0) song().call("delete_track", index);
  }
}

// What Live makes of a loop of exactly one bar, which the daemon has made.
function placeSound(scratch, file) {
  const [slot] = scratch.audio.children("clip_slots").filter((one) => !one.flag("has_clip"));
  slot.call("create_audio_clip", file.path);
  const clip = slot.child("clip");
  demand(clip, "Live did not take the file");
  const names = ["length", "warping", "looping", "loop_start", "loop_end", "end_marker"];
  const found = Object.fromEntries(names.map((name) => [name, clip.number(name)]));
  return { ...found, tempo: song().number("tempo"), path: clip.text("file_path") === file.path };
}

module.exports = { STEPS, placeSound, tidy };
