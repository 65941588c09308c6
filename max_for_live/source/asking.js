// SPDX-License-Identifier: Apache-2.0
// From the panel and the selection to a request, or to the reason why there can be none. A reason
// says in one sentence what to do.
"use strict";

const live = require("./live.js");
const reading = require("./reading.js");
const { COMMANDS, WISHES } = require("./commands.js");
const { targetTrack, whyNot } = require("./places.js");

const MAX_SEED = 2147483647;
// Not for the request itself: they say where it reads or writes.
const LOCAL = new Set(["span"]);

// What the requests of one device depend on besides its controls.
class Situation {
  constructor(controls) {
    this.controls = controls;
    this.marked = null; // { id, name } of the second clip
    this.locked = new Set(); // pitches
    this.lastOtherTrack = 0; // id of the track that was selected last, other than our own
  }

  get command() {
    return COMMANDS[this.controls.index("command")] || COMMANDS[0];
  }

  get where() {
    return this.controls.value("where");
  }

  markedClip() {
    return this.marked && live.byId(this.marked.id);
  }

  // Where a result is to go that is asked for now, whatever the menu says when it comes.
  destination() {
    const { where } = this;
    const choice = where === "in_place" || where === "arrangement" ? "next" : where;
    const facts = { name: this.controls.value("track"), lastOther: this.lastOtherTrack };
    return { where, track: () => targetTrack(choice, facts) };
  }
}

// Why the command can't work on the selection now; "" when it can. `count` is the clip's number of
// notes.
function reasonAgainst(situation, clip, count) {
  const { command, controls } = situation;
  if (!clip) return "Select a MIDI clip.";
  if (!clip.flag("is_midi_clip")) return "This is an audio clip: select a MIDI clip.";
  if (!count) return "The clip is empty: draw some notes.";
  const seed = controls.value("seed");
  if (seed && !isSeed(seed)) return "Seed: a whole number, or nothing for a new one.";
  return reasonOfSecond(situation, clip) || reasonOfSpan(situation, clip) ||
    reasonOfPlace(situation, command);
}

function isSeed(text) {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_SEED;
}

function reasonOfSecond(situation, clip) {
  if (situation.command.second !== "must") return "";
  if (!situation.marked) return "Select the clip to end on, press Mark, then select the first.";
  const marked = situation.markedClip();
  if (!marked) return "The marked clip is gone: mark another one.";
  return marked.same(clip) ? "This is the marked clip: select the one to begin with." : "";
}

function reasonOfSpan(situation, clip) {
  if (!situation.command.uses.includes("span")) return "";
  const span = spanOf(situation.controls, clip);
  if (!span) return "Select the notes to rewrite, or choose Loop or Bars.";
  return span[1] > span[0] ? "" : "Infill: the last bar comes before the first.";
}

function reasonOfPlace(situation, command) {
  if (situation.where === "in_place" && !command.inPlace) {
    return `${command.title} always writes a new clip: choose another place for it.`;
  }
  return situation.where === "in_place" ? "" : whyNot(situation.destination().track);
}

// [from, to] in beats of what Infill rewrites; null when nothing is selected.
function spanOf(controls, clip) {
  const span = controls.value("span");
  if (span === "selection") return reading.selectedSpan(clip);
  if (span === "loop") return [clip.number("loop_start"), clip.number("loop_end")];
  const bar = (clip.number("signature_numerator") * 4) / clip.number("signature_denominator");
  const start = clip.number("start_marker");
  const [first, last] = [controls.value("from_bar"), controls.value("to_bar")];
  return [start + (first - 1) * bar, start + last * bar];
}

// { op, body, source }: call it only when nothing speaks against it. `heeded` names the controls
// that have an effect.
function buildRequest(situation, clip, heeded) {
  const { command, controls } = situation;
  const data = reading.readClip(clip);
  const marked = command.second === "never" ? null : situation.markedClip();
  const second = marked && !marked.same(clip) ? [reading.readClip(marked)] : [];
  const body = { ...command.fixed, takes: controls.value("takes"), clips: [data, ...second] };
  const wanted = (name) => !LOCAL.has(name) && (heeded.has(name) || !WISHES.has(name));
  for (const name of command.uses.filter(wanted)) body[name] = controls.value(name);
  if (command.uses.includes("span")) {
    [body.from_beats, body.to_beats] = spanOf(controls, clip);
  }
  const pitches = new Set(data.notes.rows.map((row) => row[0]));
  const lock = Array.from(situation.locked).filter((pitch) => pitches.has(pitch));
  if (command.locks && lock.length) body.lock = lock;
  if (controls.value("seed")) body.seed = Number(controls.value("seed"));
  body.target = [clip.id, command.op, command.fixed.role || ""].join(":");
  return { op: command.op, body, source: { clip, data }, second: second[0] || null };
}

module.exports = { Situation, reasonAgainst, buildRequest, isSeed };
