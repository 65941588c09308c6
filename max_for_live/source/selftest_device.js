// SPDX-License-Identifier: Apache-2.0
// The selftest: runs its steps one by one, so that Live can breathe, and has the daemon file the
// report. What it makes in the set, it removes.
"use strict";

const { asciiJson } = require("./base64.js");
const { Panel } = require("./panel.js");
const { STEPS, placeSound, tidy } = require("./selftest_steps.js");

const PAUSE_MS = 50;
const SOUND = "a loop of one bar";
const BULK_NUMBERS = 40000; // about 200 KB of JSON to the daemon

class Device {
  constructor(world, panel) {
    this.world = world;
    this.version = panel.version || "";
    this.panel = new Panel(world, panel, () => this.buttons());
    this.next = new world.Later(() => this.panel.guard(() => this.step()));
    this.results = [];
    this.running = false;
  }

  start() {
    this.panel.start();
    this.buttons();
  }

  gone() {
    this.next.stop();
    this.panel.stop();
  }

  control() {}

  press(name) {
    if (name === "go" && !this.running) this.begin();
    if (name === "cancel") this.stopped = true;
  }

  osc(address, atoms) {
    this.panel.guard(() => this.panel.connection.onOsc(address, atoms));
  }

  buttons() {
    this.panel.view.active("go", this.panel.connected && !this.running);
    this.panel.view.active("cancel", this.running);
    const reason = this.panel.connected ? "" : "The report needs nextbar: start it first.";
    this.panel.view.set("reason", reason);
  }

  begin() {
    if (!this.panel.connected) return;
    this.running = true;
    this.stopped = false;
    this.results = [];
    this.scratch = {};
    this.buttons();
    this.next.in(0);
  }

  step() {
    const [name, run] = STEPS[this.results.length];
    this.say(`Testing: ${name}`);
    this.results.push({ name, ...attempt(() => run(this.scratch)) });
    this.showSteps();
    if (this.stopped) this.finish();
    else if (this.results.length === STEPS.length) this.sound();
    else this.next.in(PAUSE_MS);
  }

  // A loop of one bar from the daemon, as a clip.
  sound() {
    this.say("Testing: a loop of one bar");
    const body = { prompt: "a short bell on every beat", bars: 1, tempo_bpm: 97, play: false };
    this.panel.connection.run("audio", body, (event) => this.panel.guard(() => {
      if (event.event === "done") {
        const [file] = event.takes[0].parts;
        this.results.push({ name: SOUND, ...attempt(() => placeSound(this.scratch, file)) });
        this.finish();
      } else if (event.message || event.event === "cancelled") {
        this.results.push({ name: SOUND, ok: false, error: event.message || "cancelled" });
        this.finish();
      }
    }));
  }

  finish() {
    this.results.push({ name: "tidy up", ...attempt(() => tidy(this.scratch)) });
    if (this.stopped) {
      this.end("Stopped. The scratch tracks are removed.");
      return;
    }
    this.say("Testing: HTTP and 200 KB to nextbar");
    const { bulk } = this.panel;
    this.results.push({ name: "HTTP", ok: true, facts: { works: bulk.port > 0 } });
    this.sendBulk();
  }

  sendBulk() {
    const begun = this.world.now();
    const numbers = Array.from({ length: BULK_NUMBERS }, (_, i) => i % 1000);
    const fields = { name: "selftest-bulk", report: asciiJson(numbers) };
    this.panel.connection.ask("report", fields, (event) => {
      const ok = event.event === "report_filed";
      const facts = { ms: this.world.now() - begun, characters: fields.report.length };
      this.results.push({ name: "200 KB by OSC", ok, facts, error: event.message || "" });
      this.sendReport();
    });
  }

  sendReport() {
    const report = { device: "nextbar selftest", version: this.version, steps: this.results };
    const fields = { name: "selftest", report: asciiJson(report) };
    this.panel.connection.ask("report", fields, (event) => {
      const filed = event.event === "report_filed";
      this.end(filed ? `Report: ${event.path}` : event.message || "nextbar is gone.");
    });
  }

  end(words) {
    this.running = false;
    this.say(words);
    this.showSteps();
    this.buttons();
  }

  showSteps() {
    const { view } = this.panel;
    const bad = this.results.filter((result) => !result.ok);
    view.set("progress", Math.min(1, this.results.length / (STEPS.length + 4)));
    view.set("counts", `${this.results.length - bad.length} good, ${bad.length} bad`);
    const lines = bad.map((result) => `BAD ${result.name}: ${result.error}`);
    const last = this.results.slice(-6).filter((result) => result.ok);
    view.set("steps", [...lines, ...last.map((result) => `good ${result.name}`)].join("\n"));
  }

  say(words) {
    this.panel.view.set("activity", words);
  }
}

function attempt(work) {
  try {
    return { ok: true, facts: work() || {} };
  } catch (error) {
    return { ok: false, error: String(error.message) };
  }
}

module.exports = { Device };
