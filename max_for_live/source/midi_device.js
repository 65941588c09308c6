// SPDX-License-Identifier: Apache-2.0
// The nextbar device: from the selected clip and the panel to requests, and from answers to clips.
"use strict";

const live = require("./live.js");
const reading = require("./reading.js");
const asking = require("./asking.js");
const { SHAPING, heeded, idleWords, unserved } = require("./commands.js");
const { Controls } = require("./controls.js");
const { Lanes } = require("./lanes.js");
const { Panel } = require("./panel.js");
const { sourceNotes } = require("./picture.js");
const { Answer } = require("./results.js");
const { Shelf } = require("./shelf.js");

const REFRESH_MS = 100; // after the last of a burst of changes

class Device {
  constructor(world, panel) {
    this.panel = new Panel(world, panel, () => this.refresh.in(0));
    this.controls = new Controls(panel);
    this.situation = new asking.Situation(this.controls);
    this.lanes = new Lanes(this.panel.view, this.situation.locked);
    this.shelf = new Shelf(
      world,
      this.panel,
      (request, done) => new Answer(request, done),
      () => this.refresh.in(0),
    );
    this.refresh = new world.Later(() => this.panel.guard(() => this.look()));
    this.watches = [];
    this.count = 0; // notes of the selected clip
    this.stale = true; // whether it has to be read again
    this.started = false;
  }

  // Live is ready. Comes again with every preset and every save.
  start() {
    if (!this.started) {
      const soon = () => this.refresh.in(REFRESH_MS);
      this.watches = [
        live.watch("live_set view", "detail_clip", soon),
        live.watch("live_set view", "selected_track", soon),
      ];
    }
    this.started = true;
    this.panel.start();
    this.refresh.in(0);
  }

  gone() {
    this.unwatchClip();
    this.watches.forEach((stop) => stop());
    this.refresh.stop();
    this.shelf.stop();
    this.panel.stop();
  }

  control(name, atoms) {
    const moved = this.controls.heard(name, atoms);
    this.panel.view.forget(name);
    if (!this.started) return;
    if (moved) this.explain(name);
    const lane = name.match(/^lane_(\d)$/);
    if (lane) this.lanes.toggled(Number(lane[1]), Number(atoms[0]) > 0);
    if (name === "keep_take") this.shelf.keep(Number(atoms[0]) > 0);
    this.refresh.in(REFRESH_MS);
  }

  // A greyed control that is moved all the same says why it changes nothing.
  explain(name) {
    const title = this.controls.title(name);
    const words = idleWords(name, title, this.situation.command, this.heeded());
    if (words) this.panel.view.set("activity", words);
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
      mark: () => this.mark(),
      lane_page: () => this.lanes.turn(),
    }[name];
    if (work) this.panel.guard(work);
    this.refresh.in(0);
  }

  osc(address, atoms) {
    this.panel.guard(() => this.panel.connection.onOsc(address, atoms));
  }

  go() {
    this.look();
    const clip = reading.selectedClip();
    if (this.reason(clip) || !this.panel.connected) return;
    const { title } = this.situation.command;
    const request = asking.buildRequest(this.situation, clip, this.heeded());
    this.shelf.ask({ ...request, ...this.situation.destination(), title, wrote: request.op });
  }

  recall() {
    const seed = this.controls.value("seed");
    if (!asking.isSeed(seed)) {
      this.panel.view.set("activity", "Type the seed of the take that you want back.");
      return;
    }
    this.shelf.recall(Number(seed), this.situation.destination());
  }

  // Remember the selected clip as the second one; a second press on the same clip forgets it.
  mark() {
    const clip = reading.selectedClip();
    const before = this.situation.markedClip();
    if (!clip || !clip.flag("is_midi_clip")) {
      this.panel.view.set("reason", "Select a MIDI clip, then press Mark.");
      return;
    }
    const name = clip.text("name") || "a clip without name";
    this.situation.marked = before && before.same(clip) ? null : { id: clip.id, name };
  }

  heeded() {
    return heeded(this.situation.command, this.panel.engines);
  }

  reason(clip) {
    if (!this.panel.connected) return "";
    return (
      unserved(this.situation.command, this.panel.engines) ||
      asking.reasonAgainst(this.situation, clip, this.count)
    );
  }

  // Read what is selected and bring the panel up to date. Runs after changes, never in them.
  look() {
    const { view } = this.panel;
    const track = live.at("live_set view selected_track");
    const own = reading.ownTrack();
    if (track && own && !track.same(own)) this.situation.lastOtherTrack = track.id;
    const clip = reading.selectedClip();
    this.watchClip(clip);
    if (this.stale) this.lookAtClip(clip);
    this.stale = false;
    const reason = this.reason(clip);
    view.set("reason", reason || this.shelf.notice || this.greyWords());
    view.text("go", this.situation.command.title);
    view.active("go", this.panel.connected && !reason);
    view.active("cancel", this.shelf.busy);
    this.shelf.show();
    this.lanes.show(this.situation.command.locks);
    this.showControls();
    const { marked } = this.situation;
    view.set("marked", marked ? marked.name : "no clip marked");
  }

  // Selected another clip: hear of changes of its notes.
  watchClip(clip) {
    const id = clip ? clip.id : 0;
    if (this.watchedId === id) return;
    this.unwatchClip();
    this.watchedId = id;
    this.stale = true;
    if (clip && clip.flag("is_midi_clip")) {
      this.stopWatching = live.watch("id " + id, "notes", () => {
        this.stale = true;
        this.refresh.in(REFRESH_MS);
      });
    }
  }

  unwatchClip() {
    if (this.stopWatching) this.stopWatching();
    this.stopWatching = null;
    this.watchedId = 0;
  }

  lookAtClip(clip) {
    const { view } = this.panel;
    this.count = 0;
    if (!clip || !clip.flag("is_midi_clip")) {
      view.set("source", clip ? "An audio clip is selected." : "Select a MIDI clip.");
      this.lanes.setClip([], null);
      if (!this.shelf.showsNotes) view.roll({ length_beats: 4, bar_beats: 4 }, []);
      return;
    }
    const data = reading.readClip(clip);
    const pitches = data.notes.rows.map((row) => row[0]);
    this.count = pitches.length;
    const bar = (data.metre[0] * 4) / data.metre[1];
    const bars = Math.round(((data.loop_end_beats - data.loop_start_beats) / bar) * 100) / 100;
    const name = data.name || "Clip without name";
    view.set("source", `${name}: ${bars} bars ${data.metre.join("/")}, ${pitches.length} notes`);
    this.lanes.setClip(pitches, data.kind === "drums" ? data.pads : null);
    if (!this.shelf.showsNotes) {
      view.roll({ length_beats: data.length_beats, bar_beats: bar }, sourceNotes(data));
    }
  }

  showControls() {
    const here = this.heeded();
    for (const name of SHAPING) this.panel.view.active(name, here.has(name));
    const bars = here.has("span") && this.controls.value("span") === "bars";
    this.panel.view.active("from_bar", bars);
    this.panel.view.active("to_bar", bars);
    this.panel.view.active("track", this.situation.where === "named");
    this.panel.view.active("mark", this.situation.command.second !== "never");
  }

  // What of this command's controls the engines here do not follow.
  greyWords() {
    const { command } = this.situation;
    const here = this.heeded();
    const left = command.uses.filter((name) => !here.has(name));
    if (!left.length) return "";
    return `${command.title}: no engine here follows ${left.join(", ").replace(/_/g, " ")}.`;
  }
}

module.exports = { Device };
