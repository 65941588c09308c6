// SPDX-License-Identifier: Apache-2.0
// What each choice of the Command tab asks of the daemon, and which controls it heeds. Pure.
"use strict";

const SHAPE = ["adventure", "density", "similarity", "style", "scale_lock"];

// op, fixed: what is asked; uses: the controls that say how; verb: the text of the Go button;
// clips: whether a marked second clip goes along (never, may, must); locks: whether lanes can be
// locked; inPlace: whether the source itself may be changed.
const COMMANDS = [
  { title: "Continue", op: "continue", uses: ["bars", "loop", ...SHAPE] },
  part("Bass", "bass"),
  part("Chords", "chords"),
  part("Counter", "counter"),
  part("Drums", "drums"),
  { title: "Harmonise", op: "harmonise", uses: ["adventure"] },
  { title: "Infill", op: "infill", uses: ["span", ...SHAPE], locks: true, inPlace: true },
  {
    title: "Vary",
    op: "vary",
    uses: [
      "amount", "keep", "adventure", "density", "syncopation", "register", "loudness", "fill",
      "style", "scale_lock",
    ],
    locks: true,
    inPlace: true,
  },
  {
    title: "Groove",
    op: "groove",
    uses: ["amount", "timing", "dynamics", "adventure", "style"],
    second: "may",
    locks: true,
    inPlace: true,
  },
  {
    title: "Interpolate",
    op: "interpolate",
    uses: ["steps", "adventure", "scale_lock"],
    second: "must",
  },
].map((command) => ({ fixed: {}, second: "never", locks: false, inPlace: false, ...command }));

function part(title, role) {
  return { title, op: "accompany", fixed: { role }, uses: SHAPE, second: "may" };
}

// Controls that some command heeds and another does not; the rest works always.
const SHAPING = Array.from(new Set(COMMANDS.flatMap((command) => command.uses)));

// Controls that an engine may leave aside (`honours` says which it follows).
const WISHES = new Set([
  "adventure", "density", "scale_lock", "similarity", "style", "loop", "keep", "syncopation",
  "register", "loudness", "fill",
]);

// The engines of a welcome that can do it, and those that could if they were installed.
function enginesFor(command, engines) {
  const role = command.fixed.role;
  const able = engines.filter(
    (engine) => engine.commands.includes(command.op) && (!role || engine.roles.includes(role)),
  );
  return {
    ready: able.filter((engine) => engine.available),
    absent: able.filter((engine) => !engine.available),
  };
}

// Why the command can't be had from this daemon, and what to do; "" when it can.
function unserved(command, engines) {
  const { ready, absent } = enginesFor(command, engines);
  if (ready.length) return "";
  if (absent.length) return `Install an engine for ${command.title}: ${absent[0].install}`;
  return `This nextbar has no engine for ${command.title}: update it.`;
}

// The controls that have an effect, for a command on this daemon.
function heeded(command, engines) {
  const { ready } = enginesFor(command, engines);
  const followed = (name) =>
    !ready.length || ready.some((engine) => !engine.honours || engine.honours.includes(name));
  return new Set(command.uses.filter((name) => !WISHES.has(name) || followed(name)));
}

// Why a control that the musician moved changes nothing now; "" when it does. `title` is its name.
function idleWords(name, title, command, followed) {
  if (!SHAPING.includes(name) || followed.has(name)) return "";
  if (command.uses.includes(name)) return `${title}: no engine here follows it.`;
  const users = COMMANDS.filter((other) => other.uses.includes(name)).map((other) => other.title);
  return `${title} changes nothing for ${command.title}: it is for ${users.join(", ")}.`;
}

module.exports = { COMMANDS, SHAPING, WISHES, unserved, heeded, idleWords };
