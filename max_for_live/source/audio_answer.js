// SPDX-License-Identifier: Apache-2.0
// The takes of one answer of audio, and the clips they stand in: a slot each, since a file can't be
// exchanged inside a clip. A take that stands in the set already is not written again.
"use strict";

const places = require("./places.js");
const { slotIndex } = require("./reading.js");
const { trackName } = require("./results.js");

class AudioAnswer {
  // `request`: where, track (a function that gives the target track), source ({ clip } or null).
  constructor(request, done) {
    this.request = request;
    this.takes = done.takes.filter((take) => take.parts.length);
    this.seed = done.seed;
    this.degraded = done.degraded || [];
    this.index = -1;
    this.kept = new Set();
    this.written = new Map(); // name of the take -> clip
  }

  get take() {
    return this.takes[this.index];
  }

  get isKept() {
    return this.take !== undefined && this.kept.has(this.take.take);
  }

  get file() {
    return this.take ? this.take.parts[0] : null;
  }

  show(index) {
    const take = this.takes[index];
    const before = this.written.get(take.take);
    this.index = index;
    if (before && before.alive) return `Stands on ${trackName(before)} already.`;
    const [file] = take.parts;
    const track = this.request.track();
    const { source, where } = this.request;
    const near = source && source.clip.alive ? source.clip : null;
    const [clip, words] = where === "arrangement"
      ? intoArrangement(track, near, file)
      : intoSlot(track, near, file);
    clip.set("name", this.nameOf(index, file));
    this.written.set(take.take, clip);
    return words;
  }

  nameOf(index, file) {
    const words = file.name || "nextbar";
    return this.takes.length > 1 ? `${words} ${index + 1}` : words;
  }

  // Live guesses the tempo of a file; a wrong guess shows in the clip's length.
  differences() {
    const clip = this.file && this.written.get(this.take.take);
    if (!clip || !clip.alive || !clip.flag("warping")) return "";
    const found = clip.number("length");
    if (Math.abs(found - beatsOf(this.file)) < 0.01) return "";
    return `Live warps it to another tempo: set its Seg. BPM to ${this.file.tempo_bpm}.`;
  }

  picture() {
    return null;
  }
}

function beatsOf(file) {
  const [numerator, denominator] = file.metre.split("/").map(Number);
  return (file.bars * numerator * 4) / denominator;
}

function intoSlot(track, source, file) {
  const { slots, added } = places.emptySlots(track, source, 1);
  slots[0].call("create_audio_clip", file.path);
  const clip = slots[0].child("clip");
  if (!clip) throw new places.NoPlace(`Live did not take the file ${file.path}.`);
  const scenes = added ? ` Scenes added: ${added}.` : "";
  return [clip, `Written to slot ${slotIndex(clip) + 1} of ${track.text("name")}.${scenes}`];
}

function intoArrangement(track, source, file) {
  const start = places.freeTime(track, source, beatsOf(file));
  const made = track.create("create_audio_clip", file.path, start);
  const near = (clip) => Math.abs(clip.number("start_time") - start) < 1e-6;
  const clip = made || track.children("arrangement_clips").find(near);
  if (!clip) throw new places.NoPlace(`Live did not take the file ${file.path}.`);
  return [clip, `Written to the Arrangement of ${track.text("name")}.`];
}

module.exports = { AudioAnswer };
