// SPDX-License-Identifier: Apache-2.0
// The nextbar audio device: from words, and the selected clip where wanted, to audio on its track.
"use strict";

const live = require("./live.js");
const reading = require("./reading.js");
const { isSeed } = require("./asking.js");
const { AudioAnswer } = require("./audio_answer.js");
const { unserved } = require("./commands.js");
const { Controls } = require("./controls.js");
const { Panel } = require("./panel.js");
const { audioTrack, whyNot } = require("./places.js");
const { Shelf } = require("./shelf.js");

const REFRESH_MS = 100;
const AUDIO = { title: "Audio", op: "audio", fixed: {} };

class Device {
  constructor(world, panel) {
    this.world = world;
    this.panel = new Panel(world, panel, () => this.refresh.in(0));
    this.controls = new Controls(panel);
    const makeAnswer = (request, done) => new AudioAnswer(request, done);
    this.shelf = new Shelf(world, this.panel, makeAnswer, () => this.refresh.in(0));
    this.refresh = new world.Later(() => this.panel.guard(() => this.look()));
    this.watches = [];
    this.started = false;
    this.playing = "";
  }

  start() {
    if (!this.started) {
      const soon = () => this.refresh.in(REFRESH_MS);
      this.watches = [live.watch("live_set view", "detail_clip", soon)];
    }
    this.started = true;
    this.panel.start();
    this.refresh.in(0);
  }

  gone() {
    this.watches.forEach((stop) => stop());
    this.refresh.stop();
    this.shelf.stop();
    this.panel.stop();
  }

  control(name, atoms) {
    this.controls.heard(name, atoms);
    this.panel.view.forget(name);
    if (!this.started) return;
    if (name === "keep_take") this.shelf.keep(Number(atoms[0]) > 0);
    if (name === "preview") this.shelf.playsOutside = false;
    if (name === "preview_level") this.world.toPlayer("level", this.controls.value(name));
    this.refresh.in(REFRESH_MS);
  }

  press(name) {
    if (!this.started) return;
    const work = {
      go: () => this.go(),
      cancel: () => this.shelf.cancel(),
      previous_take: () => this.shelf.step(-1),
      next_take: () => this.shelf.step(1),
      more: () => this.shelf.more(),
      recall: () => this.recall(),
    }[name];
    if (work) this.panel.guard(work);
    this.refresh.in(0);
  }

  osc(address, atoms) {
    this.panel.guard(() => this.panel.connection.onOsc(address, atoms));
  }

  // Where a result that is asked for now is to go: always this device's own track.
  destination(clip) {
    const source = clip ? { clip, data: {} } : null;
    return { where: this.controls.value("where"), track: audioTrack, source };
  }

  reason(clip) {
    if (!this.panel.connected) return "";
    const absent = unserved(AUDIO, this.panel.engines);
    if (absent) return absent;
    const place = whyNot(audioTrack);
    if (place) return place;
    const seed = this.controls.value("seed");
    if (seed && !isSeed(seed)) return "Seed: a whole number, or nothing for a new one.";
    return this.reasonOfMode(clip);
  }

  reasonOfMode(clip) {
    const mode = this.controls.value("mode");
    const words = this.controls.value("prompt");
    if (mode === "new") return words ? "" : "Type what it shall sound like.";
    if (!clip) return `Select the clip to ${mode === "continue" ? "continue" : "follow"}.`;
    const sound = clip.flag("is_audio_clip");
    if (mode === "continue" && !sound) {
      return "Continue needs an audio clip: choose Follow for notes.";
    }
    if (sound && !clip.text("file_path")) return "The clip's file is missing.";
    return "";
  }

  go() {
    this.look();
    const clip = reading.selectedClip();
    if (this.reason(clip) || !this.panel.connected) return;
    const destination = this.destination(clip);
    this.shelf.ask({
      ...destination, op: "audio", wrote: "audio", title: "Audio", body: this.body(clip),
    });
  }

  // The request: length, tempo and metre are the set's.
  body(clip) {
    const song = live.at("live_set");
    const metre = ["signature_numerator", "signature_denominator"].map((name) => song.number(name));
    const body = {
      prompt: this.controls.value("prompt"),
      bars: this.controls.value("bars"),
      takes: this.controls.value("takes"),
      tempo_bpm: song.number("tempo"),
      metre: metre.join("/"),
      play: this.controls.value("preview"), // while it is made; once it is there, Live plays it
      target: `audio:${reading.ownTrack().id}`,
    };
    if (this.controls.value("seed")) body.seed = Number(this.controls.value("seed"));
    const mode = this.controls.value("mode");
    if (mode === "new") return body;
    if (mode === "continue") return { ...body, continue_file: clip.text("file_path") };
    if (clip.flag("is_audio_clip")) return { ...body, melody_file: clip.text("file_path") };
    return { ...body, clips: [reading.readClip(clip)] };
  }

  recall() {
    const seed = this.controls.value("seed");
    if (!isSeed(seed)) {
      this.panel.view.set("activity", "Type the seed of the take that you want back.");
      return;
    }
    this.shelf.recall(Number(seed), this.destination(null), "audio");
  }

  look() {
    const { view } = this.panel;
    const clip = reading.selectedClip();
    view.set("source", clipWords(clip));
    const reason = this.reason(clip);
    view.set("reason", reason || this.shelf.notice);
    view.active("go", this.panel.connected && !reason);
    view.active("cancel", this.shelf.busy);
    this.shelf.show();
    this.preview();
  }

  // Play the shown take as long as the button is down, unless nextbar's own audio output does.
  preview() {
    const { answer } = this.shelf;
    const file = answer && answer.file ? answer.file.path : "";
    const here = this.controls.value("preview") && !this.shelf.playsOutside;
    const wanted = here ? file : "";
    this.panel.view.active("preview", Boolean(file));
    if (wanted === this.playing) return;
    this.playing = wanted;
    if (wanted) this.world.toPlayer("open", wanted);
    this.world.toPlayer("play", wanted ? 1 : 0);
  }
}

function clipWords(clip) {
  if (!clip) return "No clip selected.";
  const kind = clip.flag("is_audio_clip") ? "audio" : "notes";
  return `${clip.text("name") || "Clip without name"}: ${kind}`;
}

module.exports = { Device };
