// SPDX-License-Identifier: Apache-2.0
// The piano roll: a scene drawn on a canvas, a playhead, and a span chosen by dragging.

import { redrawn, sheet } from "./canvas.js";
import { barLines } from "./music.js";

const MARGIN_PITCHES = 3;
const FEWEST_PITCHES = 24;
const BLACK = new Set([1, 3, 6, 8, 10]);
const ORDER = { source: 0, edited: 1, new: 2 };

export class Roll {
  // `chosen(from, to)` is called when a span of beats was dragged out.
  constructor(canvas, chosen) {
    this.canvas = canvas;
    this.chosen = chosen;
    this.scene = { notes: [], clip: {}, endBeats: 4 };
    this.head = null;
    this.span = null;
    redrawn(canvas, () => this.draw());
    this.listen();
  }

  show(scene) {
    this.scene = scene;
    this.span = null;
    this.draw();
  }

  playhead(beats) {
    this.head = beats;
    this.draw();
  }

  listen() {
    let from = null;
    const beatAt = (event) =>
      Math.round(this.start + ((this.end - this.start) * event.offsetX) / this.canvas.clientWidth);
    this.canvas.addEventListener("pointerdown", (event) => { from = beatAt(event); });
    this.canvas.addEventListener("pointermove", (event) => {
      if (from === null || beatAt(event) === from) return;
      this.span = [from, beatAt(event)].sort((a, b) => a - b);
      this.draw();
    });
    addEventListener("pointerup", () => {
      if (from !== null && this.span) this.chosen(...this.span);
      from = null;
    });
  }

  frame() {
    const { notes, endBeats } = this.scene;
    this.start = notes.reduce((least, note) => Math.min(least, note.start_beats), 0);
    this.end = Math.max(endBeats, this.start + 1);
    const low = notes.reduce((least, note) => Math.min(least, note.pitch), 127);
    const high = notes.reduce((most, note) => Math.max(most, note.pitch), 0);
    const middle = notes.length ? (low + high) / 2 : 60;
    const wanted = notes.length ? high - low + 1 + 2 * MARGIN_PITCHES : 0;
    this.rows = Math.max(FEWEST_PITCHES, wanted);
    this.top = Math.ceil(middle + this.rows / 2);
  }

  draw() {
    const blank = sheet(this.canvas);
    if (!blank) return;
    const { pen, width, height, colour } = blank;
    this.frame();
    const x = (beats) => ((beats - this.start) / (this.end - this.start)) * width;
    const rowHeight = height / this.rows;
    const y = (pitch) => (this.top - pitch) * rowHeight;
    this.drawGrid(pen, { x, y, rowHeight, width, height, colour });
    this.drawNotes(pen, { x, y, rowHeight, colour });
    this.drawMarks(pen, { x, height, colour });
  }

  drawGrid(pen, { x, y, rowHeight, width, height, colour }) {
    pen.fillStyle = colour("lane");
    for (let pitch = this.top; pitch > this.top - this.rows - 1; pitch--) {
      if (BLACK.has(((pitch % 12) + 12) % 12)) pen.fillRect(0, y(pitch), width, rowHeight);
    }
    const line = (beats, name) => {
      pen.fillStyle = colour(name);
      pen.fillRect(Math.round(x(beats)), 0, 1, height);
    };
    const crowded = width / (this.end - this.start) < 7;
    if (!crowded) for (let beat = Math.ceil(this.start); beat < this.end; beat++) line(beat, "beat");
    const bars = barLines(this.scene.clip, this.end);
    if (width / bars.length > 3) bars.forEach((beats) => line(beats, "bar"));
    pen.fillStyle = colour("quiet");
    pen.font = "11px system-ui, sans-serif";
    const every = Math.ceil((bars.length * 26) / width);
    bars.forEach((beats, i) => {
      if (i % every === 0) pen.fillText(i + 1, x(beats) + 4, 12);
    });
  }

  drawNotes(pen, { x, y, rowHeight, colour }) {
    const notes = [...this.scene.notes].sort((a, b) => ORDER[a.look] - ORDER[b.look]);
    const thick = Math.max(2, Math.min(rowHeight - 1, 14));
    for (const note of notes) {
      const left = x(note.start_beats);
      const wide = Math.max(2, x(note.start_beats + note.duration_beats) - left - 1);
      const strength = 0.45 + 0.55 * ((note.velocity ?? 100) / 127);
      pen.globalAlpha = note.mute ? 0.2 : strength;
      pen.fillStyle = colour(`note-${note.look}`);
      pen.beginPath();
      pen.roundRect(left, y(note.pitch) + (rowHeight - thick) / 2, wide, thick, 2);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  drawMarks(pen, { x, height, colour }) {
    if (this.span) {
      pen.globalAlpha = 0.15;
      pen.fillStyle = colour("accent");
      pen.fillRect(x(this.span[0]), 0, x(this.span[1]) - x(this.span[0]), height);
      pen.globalAlpha = 1;
    }
    if (this.head !== null) {
      pen.fillStyle = colour("head");
      pen.fillRect(x(this.head), 0, 2, height);
    }
  }
}
