// SPDX-License-Identifier: Apache-2.0
// What the panel shows, sent only where it changes, so that an idle device sends nothing.
"use strict";

class View {
  constructor(show) {
    this.show = show;
    this.shown = new Map();
  }

  // A line of text, or the value of a control; controls are set without reporting back.
  set(name, ...atoms) {
    this.send(name, "set", ...atoms);
  }

  // The words on a button or a toggle.
  text(name, text) {
    this.send(name, "text", text);
  }

  active(name, on) {
    this.send(name, "active", on ? 1 : 0);
  }

  send(name, message, ...atoms) {
    const place = name + " " + message;
    const said = JSON.stringify(atoms);
    if (this.shown.get(place) === said) return;
    this.shown.set(place, said);
    this.show(name, message, ...atoms);
  }

  // A control that the musician moves may differ from what was last sent.
  forget(name) {
    this.shown.delete(name + " set");
  }

  // A picture of notes: `frame` is { length_beats, bar_beats }.
  roll({ length_beats, bar_beats }, notes) {
    const pitches = notes.map((note) => note.pitch);
    const low = pitches.length ? Math.min(...pitches) : 60;
    const high = pitches.length ? Math.max(...pitches) : 72;
    const said = JSON.stringify([length_beats, bar_beats, notes]);
    if (this.shown.get("roll") === said) return;
    this.shown.set("roll", said);
    this.show("roll", "clear");
    if (!notes.length) return;
    this.show("roll", "frame", length_beats, bar_beats, low, high);
    for (const note of notes.slice(0, MOST_ROLL_NOTES)) {
      const { pitch, start_time, duration, velocity, kept } = note;
      this.show("roll", "note", pitch, start_time, duration, velocity, kept || 0);
    }
  }
}

const MOST_ROLL_NOTES = 1000;

module.exports = { View };
