// SPDX-License-Identifier: Apache-2.0
// The takes of one answer and where the shown one stands in the set. A take that is stepped to
// takes the place of the one before, unless the musician has kept or changed that.
"use strict";

const places = require("./places.js");
const writing = require("./writing.js");
const { slotIndex, trackOf } = require("./reading.js");
const { fromRows, merged } = require("./notes.js");

class Answer {
  // `request`: title, wrote (the command), where, track (a function that gives the target track),
  // source ({ clip, data } or null); `done`: the daemon's event.
  constructor(request, done) {
    this.request = request;
    this.takes = done.takes.filter((take) => take.parts.length);
    this.seed = done.seed;
    this.engine = done.engine;
    this.degraded = done.degraded || [];
    this.index = -1;
    this.kept = new Set(); // names of takes
    this.written = []; // [{ clip, part }] of the shown take
    this.words = "";
  }

  get take() {
    return this.takes[this.index];
  }

  get isKept() {
    return this.take !== undefined && this.kept.has(this.take.take);
  }

  // Bring a take into the set; gives one sentence for the musician.
  show(index) {
    const take = this.takes[index];
    const previous = { written: this.written, kept: this.isKept };
    const name = this.nameOf(index);
    let words;
    if (this.request.where === "in_place") words = this.change(take.parts[0], name);
    else words = this.replace(previous, take.parts, name) || this.place(take.parts, name);
    this.index = index;
    return words;
  }

  nameOf(index) {
    const { source, title } = this.request;
    const head = source && source.data.name ? `${source.data.name} ${title}` : title;
    return this.takes.length > 1 ? `${head} ${index + 1}` : head;
  }

  // The source itself, as long as nobody else changed it since it was read or written.
  change(part, name) {
    const { clip, data } = this.request.source;
    const [last] = this.written;
    if (last && last.clip !== clip) return this.replaceOrPlace([part], name);
    if (!writing.untouched(clip, last ? last.part : data)) {
      const words = this.place([part], name);
      return "The clip was changed meanwhile. " + words;
    }
    writing.editInPlace(clip, part);
    this.written = [{ clip, part }];
    return "Changed the clip.";
  }

  replaceOrPlace(parts, name) {
    const previous = { written: this.written, kept: this.isKept };
    return this.replace(previous, parts, name) || this.place(parts, name);
  }

  // The new take into the clips of the one before; "" where these must stay.
  replace({ written, kept }, parts, name) {
    const fitting = this.fitting(parts, written.length);
    const same = fitting && fitting.every((part, i) => sameFrame(part, written[i].part));
    const free = same && !kept && written.every(({ clip, part }) => writing.untouched(clip, part));
    if (!free) return "";
    this.written = fitting.map((part, i) => {
      const clip = written[i].clip;
      writing.replaceNotes(clip, part, this.partName(name, fitting, i));
      return { clip, part };
    });
    return "In the same place.";
  }

  // The parts as they stand in as many clips, null where that does not work out.
  fitting(parts, count) {
    if (parts.length === count) return parts;
    return this.isVoices && count === 1 ? [merged(parts)] : null;
  }

  get isVoices() {
    return this.request.wrote === "harmonise";
  }

  // New clips.
  place(parts, name) {
    if (this.request.where === "arrangement") return this.placeInArrangement(parts, name);
    const track = this.request.track();
    const beside = this.request.where !== "next" && this.isVoices && parts.length > 1
      ? places.sideBySide(track, parts.length)
      : null;
    const whole = this.isVoices && !beside && parts.length > 1 ? [merged(parts)] : parts;
    const source = this.request.source && alive(this.request.source.clip);
    const found = beside
      ? { slots: places.commonRow(beside, source), added: 0 }
      : places.emptySlots(track, source, whole.length);
    this.written = whole.map((part, i) => ({
      clip: writing.writeSlot(found.slots[i], part, this.partName(name, whole, i)),
      part,
    }));
    const scenes = found.added ? ` Scenes added: ${found.added}.` : "";
    return `Written to ${this.placesInWords(track)}.${scenes}`;
  }

  // Which slots, as Live's scenes are counted, from 1.
  placesInWords(track) {
    const numbers = this.written.map(({ clip }) => slotIndex(clip) + 1);
    const names = new Set(this.written.map(({ clip }) => trackName(clip)));
    const name = track.text("name");
    if (names.size > 1) return `${names.size} tracks from ${name} on, slot ${numbers[0]}`;
    const last = numbers[numbers.length - 1];
    return numbers.length === 1
      ? `slot ${last} of ${name}`
      : `slots ${numbers[0]} to ${last} of ${name}`;
  }

  placeInArrangement(parts, name) {
    const track = this.request.track();
    const whole = this.isVoices && parts.length > 1 ? [merged(parts)] : parts;
    const total = whole.reduce((sum, part) => sum + part.length_beats, 0);
    const source = this.request.source && alive(this.request.source.clip);
    let start = places.freeTime(track, source, total);
    this.written = whole.map((part, i) => {
      const called = this.partName(name, whole, i);
      const clip = writing.writeArrangement(track, start, part, called);
      start += part.length_beats;
      return { clip, part };
    });
    return `Written to the Arrangement of ${track.text("name")}.`;
  }

  partName(name, parts, index) {
    if (parts.length === 1) return name;
    return `${name} ${parts[index].name && this.isVoices ? parts[index].name : index + 1}`;
  }

  // The shown take for the panel's picture.
  picture() {
    const [part] = this.take.parts;
    const notes = fromRows(part.notes).map(({ note, origin }) => ({
      ...note, kept: origin === "kept" ? 1 : 0,
    }));
    const bar_beats = (part.metre[0] * 4) / part.metre[1];
    return { frame: { length_beats: part.length_beats, bar_beats }, notes };
  }

  // What Live made of the notes: "" when it took them as they are. Only to be asked later: a
  // property can't be read in the moment in which it was written.
  differences() {
    const found = this.written.map(({ clip, part }) =>
      clip.alive ? writing.differences(clip, part) : "");
    return found.find((words) => words !== "") || "";
  }
}

function alive(clip) {
  return clip.alive ? clip : null;
}

function sameFrame(a, b) {
  return a.length_beats === b.length_beats && a.metre.join() === b.metre.join();
}

// The name of the track that a clip stands on.
function trackName(clip) {
  return trackOf(clip).text("name");
}

module.exports = { Answer, trackName };
