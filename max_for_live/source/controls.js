// SPDX-License-Identifier: Apache-2.0
// The values of a panel's controls, as the patcher reports them and as the protocol wants them.
"use strict";

class Controls {
  constructor(panel) {
    this.entries = new Map(panel.controls.map((entry) => [entry.name, entry]));
    this.raw = new Map(panel.controls.map((entry) => [entry.name, entry.default]));
    this.told = new Set(); // names of those that have spoken
  }

  // A control moved, or its stored value came back, which is what it says first. Whether it was
  // moved. A text field says `text WORDS`, or `text` alone when it is empty.
  heard(name, atoms) {
    const entry = this.entries.get(name);
    if (!entry) return false;
    const before = this.raw.get(name);
    const now = entry.kind === "text field" ? atoms.slice(1).join(" ") : atoms[0];
    this.raw.set(name, now);
    const moved = this.told.has(name) && now !== before;
    this.told.add(name);
    return moved;
  }

  // What Live and the musician call it.
  title(name) {
    return this.entries.get(name).long_name;
  }

  // Percent become fractions, menus and tabs their values, toggles true or false.
  value(name) {
    const entry = this.entries.get(name);
    const raw = this.raw.get(name);
    if (entry.kind === "toggle") return Number(raw) > 0;
    if (entry.kind === "text field") return String(raw).trim();
    if (entry.values) return entry.values[Number(raw)];
    return Number(raw) / (entry.scale || 1);
  }

  index(name) {
    return Number(this.raw.get(name));
  }
}

module.exports = { Controls };
