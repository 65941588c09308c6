// SPDX-License-Identifier: Apache-2.0
// The eight lane buttons: the pitches of the selected clip, a page at a time, with the names of
// its pads. A locked lane stays locked when the page turns.
"use strict";

const { pitchName } = require("./notes.js");

const ON_PAGE = 8;
const EMPTY = "–";

class Lanes {
  constructor(view, locked) {
    this.view = view;
    this.locked = locked; // pitches, shared with whoever asks
    this.lanes = []; // [pitch, name]
    this.page = 0;
  }

  // Another clip, or other notes in it; `pads` are [[pitch, name], ...], null for a melody.
  setClip(pitches, pads) {
    const names = new Map(pads || []);
    const sorted = Array.from(new Set(pitches)).sort((a, b) => a - b);
    const lanes = sorted.map((pitch) => [pitch, names.get(pitch) || pitchName(pitch)]);
    if (JSON.stringify(lanes) !== JSON.stringify(this.lanes)) this.page = 0;
    this.lanes = lanes;
  }

  // The toggle `number` (from 1) was clicked.
  toggled(number, on) {
    const lane = this.lanes[this.page * ON_PAGE + number - 1];
    if (!lane) return;
    if (on) this.locked.add(lane[0]);
    else this.locked.delete(lane[0]);
    this.view.forget("lane_" + number);
  }

  turn() {
    const pages = Math.ceil(this.lanes.length / ON_PAGE);
    this.page = pages ? (this.page + 1) % pages : 0;
  }

  show(usable) {
    for (let number = 1; number <= ON_PAGE; number++) {
      const lane = this.lanes[this.page * ON_PAGE + number - 1];
      this.view.text("lane_" + number, lane ? lane[1].slice(0, 6) : EMPTY);
      this.view.set("lane_" + number, lane && this.locked.has(lane[0]) ? 1 : 0);
      this.view.active("lane_" + number, usable && Boolean(lane));
    }
    this.view.active("lane_page", usable && this.lanes.length > ON_PAGE);
    this.view.set("lanes", this.words());
  }

  words() {
    const here = this.lanes.filter(([pitch]) => this.locked.has(pitch));
    if (!here.length) return "Locked lanes: none";
    if (here.length > 3) return `Locked lanes: ${here.length}`;
    return "Locked: " + here.map(([, name]) => name).join(", ");
  }
}

module.exports = { Lanes };
