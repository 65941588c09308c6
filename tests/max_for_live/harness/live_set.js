// SPDX-License-Identifier: Apache-2.0
// A Live set made of plain objects: what is in it, and what its methods do. `lom.js` says which of
// it a script may touch.
"use strict";

const { Notes } = require("./notes.js");

class LiveSet {
  constructor(spec) {
    this.version = spec.version || [12, 3, 0];
    this.objects = new Map();
    this.lastId = 0;
    this.lastNoteId = 0;
    this.history = []; // every change, as [what, ...]
    this.watchers = [];
    this.app = this.make("Application", null, {});
    this.song = this.makeSong(spec);
  }

  make(type, parent, props) {
    this.lastId += 1;
    const object = { id: this.lastId, type, parent, pending: new Map(), ...props };
    this.objects.set(object.id, object);
    return object;
  }

  // With everything in it: its id is stale from now on.
  drop(object) {
    this.objects.delete(object.id);
    if (object.clip) this.drop(object.clip);
    for (const inner of object.clip_slots || []) this.drop(inner);
  }

  makeSong(spec) {
    const [numerator, denominator] = spec.signature || [4, 4];
    const scale = spec.scale || {};
    const song = this.make("Song", null, {
      tempo: spec.tempo || 120,
      signature_numerator: numerator,
      signature_denominator: denominator,
      root_note: scale.root || 0,
      scale_name: scale.name || "Major",
      scale_intervals: scale.intervals || [0, 2, 4, 5, 7, 9, 11],
      scale_mode: scale.name ? 1 : 0,
      current_song_time: spec.current_song_time || 0,
      is_playing: 0,
      tracks: [],
      scenes: [],
    });
    song.view = this.make("Song.View", song, {
      detail_clip: null, highlighted_clip_slot: null, selected_track: null, selected_scene: null,
    });
    for (let i = 0; i < (spec.scenes || 8); i++) {
      song.scenes.push(this.make("Scene", song, { name: "" }));
    }
    for (const track of spec.tracks || []) song.tracks.push(this.makeTrack(song, track));
    return song;
  }

  makeTrack(song, spec) {
    const midi = spec.kind !== "audio";
    const track = this.make("Track", song, {
      name: spec.name || "",
      has_midi_input: midi ? 1 : 0,
      has_audio_input: midi ? 0 : 1,
      is_foldable: spec.group ? 1 : 0,
      is_frozen: spec.frozen ? 1 : 0,
      clip_slots: [],
      devices: [],
      arrangement_clips: [],
    });
    for (const _ of song.scenes) track.clip_slots.push(this.makeSlot(track));
    if (spec.pads) track.devices.push(this.makeRack(track, spec));
    for (const clip of spec.clips || []) this.fillSlot(track.clip_slots[clip.slot], clip);
    for (const clip of spec.arrangement || []) {
      track.arrangement_clips.push(this.makeClip(track, { ...clip, is_arrangement_clip: 1 }));
    }
    return track;
  }

  makeSlot(track) {
    return this.make("ClipSlot", track, { clip: null, is_group_slot: track.is_foldable });
  }

  fillSlot(slot, spec) {
    slot.clip = this.makeClip(slot, spec);
    return slot.clip;
  }

  makeRack(parent, spec) {
    const name = { class_name: "DrumGroupDevice", name: "Drum Rack" };
    const rack = this.make("RackDevice", parent, {
      ...name, can_have_chains: 1, can_have_drum_pads: 1, chains: [], drum_pads: [],
    });
    for (let note = 0; note < 128; note++) {
      const pad = this.make("DrumPad", rack, { note, name: spec.pads[note] || "", chains: [] });
      if (spec.pads[note]) pad.chains.push(this.make("DrumChain", rack, { devices: [] }));
      rack.drum_pads.push(pad);
    }
    if (!spec.nested) return rack;
    const outer = this.make("RackDevice", parent, {
      class_name: "InstrumentGroupDevice", name: "Rack", can_have_chains: 1,
      can_have_drum_pads: 0, chains: [], drum_pads: [],
    });
    const chain = this.make("Chain", outer, { devices: [rack], name: "Chain" });
    rack.parent = chain;
    outer.chains.push(chain);
    return outer;
  }

  makeClip(parent, spec) {
    const length = spec.length || 4;
    const clip = this.make("Clip", parent, {
      name: spec.name || "", looping: 1, loop_start: 0, loop_end: length, start_marker: 0,
      end_marker: length, signature_numerator: 4, signature_denominator: 4, color_index: 0,
      is_midi_clip: spec.file_path ? 0 : 1, is_audio_clip: spec.file_path ? 1 : 0,
      is_arrangement_clip: 0, start_time: spec.start || 0, warping: 1, ...spec.set,
      file_path: spec.file_path || "",
    });
    clip.is_arrangement_clip = spec.is_arrangement_clip || 0;
    clip.end_time = clip.start_time + length;
    clip.notes = new Notes(() => (this.lastNoteId += 1));
    clip.notes.add(spec.notes || []);
    return clip;
  }

  addDevice(track, inRack) {
    const device = this.make("MaxDevice", track, {
      class_name: "MxDeviceMidiEffect", name: "nextbar", can_have_chains: 0, can_have_drum_pads: 0,
    });
    if (!inRack) {
      track.devices.push(device);
      return device;
    }
    const rack = this.make("RackDevice", track, {
      class_name: "MidiEffectGroupDevice", name: "Rack", can_have_chains: 1,
      can_have_drum_pads: 0, chains: [], drum_pads: [],
    });
    const chain = this.make("Chain", rack, { devices: [device], name: "Chain" });
    device.parent = chain;
    rack.chains.push(chain);
    track.devices.push(rack);
    return device;
  }

  // Every script's write becomes readable when the message that made it is over.
  settle() {
    for (const object of this.objects.values()) {
      for (const [name, value] of object.pending) object[name] = value;
      object.pending.clear();
    }
  }

  changed(object, name) {
    for (const watcher of this.watchers.slice()) watcher(object, name);
  }

  record(...what) {
    this.history.push(what);
  }

  // What a test sees.
  dump() {
    const clip = (found) => found && {
      id: found.id, name: found.name, length: found.end_marker, start: found.start_time,
      loop: [found.loop_start, found.loop_end, found.start_marker, found.looping],
      signature: [found.signature_numerator, found.signature_denominator],
      file_path: found.file_path, notes: found.notes.all(),
    };
    return this.song.tracks.map((track) => ({
      name: track.name,
      slots: track.clip_slots.map((slot) => clip(slot.clip)),
      arrangement: track.arrangement_clips.map(clip),
    }));
  }
}

module.exports = { LiveSet };
