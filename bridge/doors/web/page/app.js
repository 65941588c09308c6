// SPDX-License-Identifier: Apache-2.0
// The control page: what is on it, and what its buttons do.

import { ParamForm, jobsIn, make } from "./form.js";
import { exampleClip, sceneOf, summaryOf } from "./music.js";
import { Connection } from "./protocol.js";
import { Roll } from "./roll.js";
import { SoundView, fileOf, kindOf, soundOf, summaryOfSound } from "./sound.js";
import { Player } from "./synth.js";

const $ = (id) => document.getElementById(id);
const state = {
  jobs: [], engines: [], clips: [], // what there is
  picked: new Set(), // places in `clips`
  request: null, takes: [], shown: 0, // the result on show
  job: "", // the job under way
};
const roll = new Roll($("roll"), spanChosen);
const soundView = new SoundView($("sound"), $("wave"), $("roll"));
const player = new Player((beats) => {
  roll.playhead(beats);
  $("play").textContent = beats === null ? "Play" : "Stop";
});
const form = new ParamForm($("params"), $("common"));
const connection = new Connection(connectionChanged);

// The daemon

async function connectionChanged(here) {
  $("status").dataset.state = here ? "here" : "gone";
  $("status").textContent = here ? "connected" : "nextbar is not running; waiting for it …";
  $("run").disabled = !here;
  if (!here) return;
  const [welcome, api] = await Promise.all([
    connection.request("hello", { protocol: 1, client: "control page" }),
    fetch("/v1/openapi.json").then((answer) => answer.json()),
  ]);
  if (welcome.event !== "welcome") return say(welcome.message);
  $("status").textContent = `nextbar ${welcome.version}`;
  say(welcome.notice, "remark");
  state.engines = welcome.engines;
  state.jobs = jobsIn(api).filter(({ parts }) => parts);
  showEngines();
  showCommands();
  showKept();
}

function say(text, kind = "fault") {
  Object.assign($("notice"), {
    textContent: text ?? "", className: `notice ${kind}`, hidden: !text });
}

function showEngines() {
  $("engines").replaceChildren(...state.engines.map((engine) => {
    const absent = engine.available === false;
    const item = make("li", { className: absent ? "absent" : "" }, make("strong", {}, engine.name));
    item.append(` ${engine.doc} `, make("small", {}, engine.commands.join(", ")));
    if (!absent) return item;
    item.append(make("br"), `${engine.reason} `);
    if (engine.install) item.append(make("code", {}, engine.install));
    return item;
  }));
}

const serving = (name) => state.engines
  .filter((engine) => engine.available !== false && engine.commands.includes(name));

function showCommands() {
  const before = $("command").value;
  $("command").replaceChildren(...state.jobs.map(({ name }) => {
    const none = serving(name).length === 0;
    const text = name + (none ? " (no engine yet)" : "");
    return make("option", { value: name, textContent: text, disabled: none });
  }));
  const usable = [...$("command").options].filter((option) => !option.disabled);
  $("command").value = (usable.find(({ value }) => value === before) ?? usable[0])?.value ?? "";
  commandChanged();
}

const command = () => state.jobs.find(({ name }) => name === $("command").value);

function commandChanged() {
  const job = command();
  if (!job) return;
  const spans = "from_beats" in job.schema.properties;
  $("doc").textContent = job.doc + (spans ? " Drag over the clip to choose it." : "");
  form.show(job, serving(job.name));
  checkCount();
}

// The source

async function openFile(file) {
  if (!file) return;
  try {
    const answer = await fetch("/v1/midi", { method: "POST", body: file });
    const found = await answer.json();
    if (!answer.ok) return say(found.message);
    if (!found.clips.length) return say("There are no notes in this file.");
    setClips(found.clips);
  } catch {
    say("The file could not be sent: is nextbar running?");
  }
}

function setClips(clips) {
  say("");
  state.clips = clips;
  state.picked = new Set([0]);
  $("clips").hidden = false;
  const legend = $("clips").querySelector("legend");
  $("clips").replaceChildren(legend, ...clips.map(clipChoice));
  picksChanged();
}

function clipChoice(clip, place) {
  const box = make("input", { type: "checkbox", checked: state.picked.has(place) });
  box.addEventListener("change", () => {
    state.picked[box.checked ? "add" : "delete"](place);
    picksChanged();
  });
  const count = clip.notes.rows?.length ?? clip.notes.length;
  const name = clip.name || `Track ${place + 1}`;
  return make("label", {}, box, make("span", {}, name), make("small", {}, `${count} notes`));
}

const pickedClips = () => [...state.picked].map((place) => state.clips[place]);

function picksChanged() {
  player.stop();
  state.request = { clips: pickedClips() };
  state.takes = [];
  showTakes();
  checkCount();
}

function checkCount() {
  const [fewest, most] = command()?.clips ?? [0, 0];
  const count = state.picked.size;
  const wanted = fewest === most ? `${most}` : `${fewest} to ${most}`;
  const wrong = count < fewest || (count > most && most > 0);
  const noun = wanted === "1" ? "clip" : "clips";
  $("why").textContent = wrong ? `Choose ${wanted} ${noun} as the source; ${count} chosen.` : "";
  return !wrong;
}

function spanChosen(from, to) {
  form.fill("from_beats", from);
  form.fill("to_beats", to);
}

// Running a command

async function run(op, body, request) {
  player.stop();
  say("");
  busy(true);
  const early = { ...request, notes: [] };
  const last = await connection.request(op, body, (event) => underWay(event, early));
  busy(false);
  if (last.event === "done") return finished(last, request);
  if (last.event === "cancelled") return showTakes();
  say(last.message ?? `The job was ${last.event}.`);
  return showTakes();
}

function underWay(event, early) {
  if (event.event === "accepted") {
    state.job = event.job;
    $("stage").textContent = event.position ? `${event.position} before it` : "waiting";
  } else if (event.event === "progress") {
    $("progress").value = event.fraction;
    $("stage").textContent = event.stage;
  } else if (event.event === "partial" && !event.take && !event.part && early.clips?.[0]) {
    early.notes.push(...event.notes.rows);
    const notes = { fields: event.notes.fields, rows: early.notes };
    roll.show(sceneOf(early, [{ ...early.clips[0], length_beats: event.end_beats,
      loop_start_beats: 0, loop_end_beats: event.end_beats, notes }]));
  }
}

function finished(done, request) {
  state.request = request;
  state.takes = done.takes;
  state.shown = 0;
  showTakes();
  const stepped = (done.degraded ?? []).join(" ");
  if (stepped) say(stepped, "remark");
  showKept();
}

function busy(on) {
  $("work").hidden = $("cancel").hidden = !on;
  $("run").disabled = on;
  $("progress").value = 0;
  $("stage").textContent = "";
  if (!on) state.job = "";
}

// Results

const shownTake = () => state.takes[state.shown];
const shownSound = () => soundOf(shownTake());
const shownScene = () => sceneOf(state.request ?? {}, shownSound() ? [] : shownTake()?.parts);

function showTakes() {
  $("takes").replaceChildren(...state.takes.map((take, i) => {
    const button = make("button", { type: "button", textContent: i + 1, title: take.take });
    button.ariaPressed = i === state.shown;
    button.ariaLabel = `Take ${i + 1}`;
    button.addEventListener("click", () => { state.shown = i; player.stop(); showTakes(); });
    return button;
  }));
  const [take, scene] = [shownTake(), shownScene()];
  roll.show(scene);
  const sound = shownSound();
  $("summary").textContent = sound ? summaryOfSound(sound) : summaryOf(scene);
  $("play").disabled = Boolean(sound) || scene.notes.length === 0;
  soundView.show(take);
  for (const id of ["use", "more", "keep"]) $(id).disabled = !take;
  $("keep").textContent = take?.kept ? "Kept" : "Keep";
  $("download").hidden = !take;
  $("download").textContent = `Download .${kindOf(take)}`;
  if (take) $("download").href = fileOf(take);
}

function useShown() {
  const sound = shownSound();
  if (!sound) {
    return setClips(shownTake().parts.map((clip, i) =>
      ({ ...clip, name: clip.name || `Take ${state.shown + 1}.${i + 1}` })));
  }
  $("command").value = "audio";
  commandChanged();
  form.fill("continue_file", sound.path);
  form.fill("tempo_bpm", sound.tempo_bpm);
}

async function showKept() {
  const { takes } = await connection.request("takes", { limit: 20 });
  if (!takes) return;
  $("no-takes").hidden = takes.length > 0;
  $("kept").replaceChildren(...takes.map((take) => {
    const said = `${take.command}${take.name ? ` of ${take.name}` : ""}`;
    const title = `${take.id}, ${new Date(take.created).toLocaleString()}`;
    const recallIt = make("button", { type: "button", className: "plain grow", title }, said);
    recallIt.addEventListener("click", () => recall(take.id));
    const time = new Date(take.created).toLocaleTimeString([], { timeStyle: "short" });
    const size = take.command === "audio" ? "sound" : `${take.notes} notes`;
    const facts = `${take.kept ? "kept, " : ""}${size}, ${take.engine}, ${time}`;
    return make("li", {}, recallIt, make("small", {}, facts));
  }));
}

async function recall(id) {
  const answer = await connection.request("take", { take: id });
  if (answer.event !== "take_whole") return say(answer.message);
  player.stop();
  state.request = answer.take.request;
  state.takes = [answer.take];
  state.shown = 0;
  showTakes();
}

async function keep() {
  const take = shownTake();
  const answer = await connection.request("keep", { take: take.take, keep: !take.kept });
  if (answer.event !== "take_list") return say(answer.message);
  take.kept = !take.kept;
  showTakes();
  showKept();
}

// Buttons

$("command").addEventListener("change", commandChanged);
$("file").addEventListener("change", (event) => openFile(event.target.files[0]));
$("example").addEventListener("click", () => setClips([exampleClip()]));
$("play").addEventListener("click", () =>
  (player.playing ? player.stop() : player.play(shownScene())));
$("use").addEventListener("click", useShown);
$("more").addEventListener("click", () =>
  run("more", { take: shownTake().take }, state.request));
$("keep").addEventListener("click", keep);
$("cancel").addEventListener("click", () => connection.request("cancel", { job: state.job }));
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!checkCount()) return;
  const args = form.values();
  const clips = command().clips[1] > 0 ? pickedClips() : [];
  run(command().name, { ...args, ...(clips.length && { clips }) },
    { command: command().name, args, clips });
});
addEventListener("dragover", (event) => { event.preventDefault(); $("drop").className = "over"; });
addEventListener("dragleave", () => { $("drop").className = ""; });
addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").className = "";
  openFile(event.dataTransfer.files[0]);
});
