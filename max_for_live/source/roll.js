// SPDX-License-Identifier: Apache-2.0
// The small picture of a clip: notes of the source dim, new ones bright, as they arrive.
// Runs in a v8ui box of its own. Messages: clear; frame BEATS BEATS_PER_BAR LOW HIGH;
// note PITCH START_BEATS DURATION_BEATS VELOCITY [1 where it is the source's].

inlets = 1;
autowatch = 0;

mgraphics.init();
mgraphics.relative_coords = 0;
mgraphics.autofill = 0;

const EDGE = 2;
const MOST_LINES = 32;

let view = { beats: 16, bar: 4, low: 48, high: 72 };
let notes = [];

function clear() {
  notes = [];
  mgraphics.redraw();
}

function frame(beats, bar, low, high) {
  view = { beats: Math.max(beats, 1), bar: Math.max(bar, 0.25), low, high: Math.max(high, low + 11) };
  mgraphics.redraw();
}

function note(pitch, start, duration, velocity, kept) {
  notes.push({ pitch, start, duration, velocity, kept: Boolean(kept) });
  mgraphics.redraw();
}

// The colours of Live's theme have changed.
function bang() {
  mgraphics.redraw();
}

function colour(name, alpha) {
  const [red, green, blue] = max.getcolor(name);
  mgraphics.set_source_rgba(red, green, blue, alpha);
}

function paint() {
  const [width, height] = mgraphics.size;
  colour("live_lcd_bg", 1);
  mgraphics.rectangle(0, 0, width, height);
  mgraphics.fill();
  paintBars(width, height);
  for (const one of notes.filter((n) => n.kept)) paintNote(one, width, height);
  for (const one of notes.filter((n) => !n.kept)) paintNote(one, width, height);
}

function paintBars(width, height) {
  colour("live_lcd_control_fg_zombie", 0.25);
  const step = view.bar * Math.ceil(view.beats / view.bar / MOST_LINES);
  for (let beat = 0; beat <= view.beats; beat += step) {
    mgraphics.rectangle(Math.round(across(beat, width)), 0, 1, height);
    mgraphics.fill();
  }
}

function paintNote(one, width, height) {
  const left = across(one.start, width);
  const row = (height - 2 * EDGE) / (view.high - view.low + 1);
  const top = EDGE + (view.high - one.pitch) * row;
  const strength = 0.5 + (0.5 * one.velocity) / 127;
  colour(one.kept ? "live_lcd_control_fg_zombie" : "live_lcd_control_fg", strength);
  const length = Math.max(across(one.start + one.duration, width) - left - 1, 1.5);
  mgraphics.rectangle(left, top, length, Math.max(row - 0.5, 2));
  mgraphics.fill();
}

function across(beats, width) {
  return EDGE + (beats / view.beats) * (width - 2 * EDGE);
}
