// SPDX-License-Identifier: Apache-2.0
// The values of a panel's controls, as the patcher reports them and as the protocol wants them.
"use strict";

class Controls {
  constructor(panel) {
    this.entries = new Map(panel.controls.map((entry) => [entry.name, entry]));
    this.raw = new Map(panel.controls.map((entry) => [entry.name, entry.default]));
  }

  // A control moved, or its stored value came back. A text field says `text WORDS`, or `text`
  // alone when it is empty.
  heard(name, atoms) {
    const entry = this.entries.get(name);
    if (!entry) return;
    this.raw.set(name, entry.kind === "text field" ? atoms.slice(1).join(" ") : atoms[0]);
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
