// SPDX-License-Identifier: Apache-2.0
// Live's object model as far as it is documented: for each type its properties (readable,
// writable, observable), its children and its methods, with the version from which on each is
// there. Anything else does not exist.
// Source: docs.cycling74.com/apiref/lom and, for versions, the release notes of Live.
"use strict";

const OLD = [11, 0, 0];
const property = (access, since = OLD) => ({ access, since });
const READ = property("r");
const WRITE = property("rw");
const OBSERVE = property("ro");
const BOTH = property("rwo");

const DEVICE = { name: WRITE, class_name: READ, can_have_chains: READ, can_have_drum_pads: READ };

const PROPERTIES = {
  Application: {},
  Song: {
    tempo: BOTH, signature_numerator: BOTH, signature_denominator: BOTH, root_note: BOTH,
    scale_name: BOTH, scale_intervals: property("ro", [12, 0, 0]),
    scale_mode: property("rwo", [12, 0, 0]), current_song_time: BOTH, is_playing: BOTH,
  },
  "Song.View": {},
  Track: {
    name: BOTH, has_midi_input: READ, has_audio_input: READ, is_foldable: READ, is_frozen: OBSERVE,
  },
  Scene: { name: BOTH },
  ClipSlot: { has_clip: OBSERVE, is_group_slot: READ },
  Clip: {
    name: BOTH, looping: BOTH, loop_start: BOTH, loop_end: BOTH, start_marker: BOTH,
    end_marker: BOTH, signature_numerator: BOTH, signature_denominator: BOTH, color_index: BOTH,
    is_midi_clip: READ, is_audio_clip: READ, is_arrangement_clip: READ, start_time: READ,
    end_time: READ, length: READ, warping: BOTH, file_path: READ, notes: property("o"),
  },
  RackDevice: DEVICE,
  MaxDevice: DEVICE,
  Chain: { name: WRITE },
  DrumChain: { name: WRITE },
  DrumPad: { name: BOTH, note: READ },
};

// "many" children come as a list of ids, "one" as a single one.
const CHILDREN = {
  Application: {},
  Song: { tracks: "many", scenes: "many", view: "one" },
  "Song.View": {
    detail_clip: "one", highlighted_clip_slot: "one", selected_track: "one", selected_scene: "one",
  },
  Track: {
    clip_slots: "many", devices: "many", arrangement_clips: "many", canonical_parent: "one",
  },
  Scene: { canonical_parent: "one" },
  ClipSlot: { clip: "one", canonical_parent: "one" },
  Clip: { canonical_parent: "one" },
  RackDevice: { chains: "many", drum_pads: "many", canonical_parent: "one" },
  MaxDevice: { canonical_parent: "one" },
  Chain: { devices: "many", canonical_parent: "one" },
  DrumChain: { devices: "many", canonical_parent: "one" },
  DrumPad: { chains: "many", canonical_parent: "one" },
};
const OBSERVABLE_CHILDREN = new Set([
  "detail_clip", "selected_track", "selected_scene", "tracks", "clip_slots", "arrangement_clips",
]);
const SETTABLE_CHILDREN = new Set([
  "detail_clip", "highlighted_clip_slot", "selected_track", "selected_scene",
]);

function method(since, changes, run) {
  return { since, changes, run };
}

function text(notes) {
  return JSON.stringify({ notes });
}

const METHODS = {
  Application: {
    get_major_version: method(OLD, false, (set) => set.version[0]),
    get_minor_version: method(OLD, false, (set) => set.version[1]),
    get_bugfix_version: method(OLD, false, (set) => set.version[2]),
  },
  Song: {
    create_scene: method(OLD, true, (set, song, index) => createScene(set, song, index)),
    delete_scene: method(OLD, true, (set, song, index) => deleteScene(set, song, index)),
    create_midi_track: method(OLD, true, (set, song, index) =>
      createTrack(set, song, index, "midi")),
    create_audio_track: method(OLD, true, (set, song, index) =>
      createTrack(set, song, index, "audio")),
    delete_track: method(OLD, true, (set, song, index) => {
      const [gone] = song.tracks.splice(index, 1);
      set.drop(gone);
    }),
  },
  "Song.View": {},
  Track: {
    create_midi_clip: method([12, 1, 10], true, (set, track, start, length) => {
      if (!track.has_midi_input) throw new Error("MIDI clips can only be created on MIDI tracks");
      const spec = { start, length, is_arrangement_clip: 1 };
      return arrange(set, track, spec, atLeast(set.version, [12, 2, 0]));
    }),
    create_audio_clip: method([12, 0, 5], true, (set, track, path, start) => {
      checkAudio(set, track, path);
      const spec = { start, length: set.audioBeats(path), file_path: path, is_arrangement_clip: 1 };
      return arrange(set, track, spec, true);
    }),
    delete_clip: method(OLD, true, (set, track, word, id) => {
      const clip = set.objects.get(Number(id));
      track.arrangement_clips = track.arrangement_clips.filter((other) => other !== clip);
      set.drop(clip);
    }),
  },
  Scene: {},
  ClipSlot: {
    create_clip: method(OLD, true, (set, slot, length) => {
      if (slot.clip) throw new Error("the slot is not empty");
      if (!slot.parent.has_midi_input) throw new Error("not a MIDI track");
      if (!(length > 0)) throw new Error("a clip needs a length above 0");
      const song = set.song;
      set.fillSlot(slot, {
        length,
        set: {
          signature_numerator: song.signature_numerator,
          signature_denominator: song.signature_denominator,
        },
      });
    }),
    create_audio_clip: method([12, 0, 5], true, (set, slot, path) => {
      if (slot.clip) throw new Error("the slot is not empty");
      checkAudio(set, slot.parent, path);
      set.fillSlot(slot, { length: set.audioBeats(path), file_path: path });
    }),
    delete_clip: method(OLD, true, (set, slot) => {
      if (!slot.clip) throw new Error("the slot is empty");
      set.drop(slot.clip);
      slot.clip = null;
    }),
    duplicate_clip_to: method(OLD, true, (set, slot, word, id) => {
      const { name, loop_end, notes } = slot.clip;
      const plain = notes.all().map(({ note_id, ...note }) => note);
      set.fillSlot(set.objects.get(Number(id)), { name, length: loop_end, notes: plain });
    }),
  },
  Clip: {
    get_all_notes_extended: method([11, 1, 0], false, (set, clip) => text(clip.notes.all())),
    get_notes_extended: method(OLD, false, (set, clip, ...span) =>
      text(clip.notes.within(...span))),
    get_selected_notes_extended: method(OLD, false, (set, clip) =>
      text(clip.notes.all().filter((note) => clip.notes.selected.has(note.note_id)))),
    add_new_notes: method(OLD, true, (set, clip, dictionary) => {
      const ids = clip.notes.add(dictionary.notes);
      set.changed(clip, "notes");
      return ids;
    }),
    apply_note_modifications: method(OLD, true, (set, clip, dictionary) => {
      clip.notes.modify(dictionary.notes);
      set.changed(clip, "notes");
    }),
    remove_notes_extended: method(OLD, true, (set, clip, ...span) => {
      clip.notes.remove(clip.notes.within(...span));
      set.changed(clip, "notes");
    }),
    remove_notes_by_id: method(OLD, true, (set, clip, ...ids) => {
      clip.notes.remove(ids.map((id) => ({ note_id: id })));
      set.changed(clip, "notes");
    }),
    select_all_notes: method(OLD, false, (set, clip) => {
      clip.notes.selected = new Set(clip.notes.byId.keys());
    }),
    deselect_all_notes: method(OLD, false, (set, clip) => clip.notes.selected.clear()),
  },
  RackDevice: {},
  MaxDevice: {},
  Chain: {},
  DrumChain: {},
  DrumPad: {},
};

function createScene(set, song, index) {
  const at = index < 0 ? song.scenes.length : index;
  song.scenes.splice(at, 0, set.make("Scene", song, { name: "" }));
  for (const track of song.tracks) track.clip_slots.splice(at, 0, set.makeSlot(track));
  return ["id", song.scenes[at].id];
}

function deleteScene(set, song, index) {
  set.drop(song.scenes.splice(index, 1)[0]);
  for (const track of song.tracks) set.drop(track.clip_slots.splice(index, 1)[0]);
}

function createTrack(set, song, index, kind) {
  const track = set.makeTrack(song, { kind, name: kind === "midi" ? "MIDI" : "Audio" });
  song.tracks.splice(index < 0 ? song.tracks.length : index, 0, track);
  return ["id", track.id];
}

// A new clip cuts what it covers.
function arrange(set, track, spec, tells) {
  const end = spec.start + spec.length;
  for (const other of track.arrangement_clips) {
    if (other.start_time < end && other.end_time > spec.start) {
      throw new Error("the test forbids to cover what is in the Arrangement");
    }
  }
  const clip = set.makeClip(track, spec);
  track.arrangement_clips.push(clip);
  return tells ? ["id", clip.id] : "id 0";
}

function checkAudio(set, track, path) {
  if (!track.has_audio_input) {
    throw new Error("Audio clips can only be created on audio tracks");
  }
  if (!set.audioBeats(path)) throw new Error("path does not appear to point to a valid audio file");
}


function atLeast(version, since) {
  for (let i = 0; i < 3; i++) {
    if (version[i] !== since[i]) return version[i] > since[i];
  }
  return true;
}

module.exports = {
  PROPERTIES, CHILDREN, METHODS, OBSERVABLE_CHILDREN, SETTABLE_CHILDREN, atLeast,
};
