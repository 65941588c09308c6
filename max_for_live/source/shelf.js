// SPDX-License-Identifier: Apache-2.0
// The jobs that run and the answer that is shown: its takes stepped through, kept, asked for more
// of, and brought back by seed.
"use strict";

const { fromRows } = require("./notes.js");
const { picture } = require("./picture.js");
const { activityWords, doneWords } = require("./talk.js");

const PAINT_MS = 100; // between two pictures of what is being written
const CHECK_MS = 50; // after writing, until Live shows what it made of it
const RECALL_LIMIT = 500;
const FLEETING = new Set(["progress", "partial"]); // many of them, and no button depends on them

class Shelf {
  // `makeAnswer(request, done)` gives what knows how to bring a take into the set; `changed` is
  // called when buttons may have to change.
  constructor(world, panel, makeAnswer, changed) {
    Object.assign(this, { panel, makeAnswer, changed });
    this.running = new Map(); // id -> request, the newest last
    this.answer = null;
    this.notice = ""; // what the musician should know of the answer
    this.playsOutside = false; // whether the daemon's audio output plays what is made
    this.first = []; // notes of the first take that have come so far
    this.check = new world.Later(() => panel.guard(() => this.compare()));
    this.paintSoon = null; // the picture that waits
    this.painter = new world.Later(() => panel.guard(() => this.paintNow()));
  }

  get busy() {
    return this.running.size > 0;
  }

  get showsNotes() {
    return this.busy && this.first.length > 0;
  }

  stop() {
    this.check.stop();
    this.painter.stop();
  }

  ask(request) {
    this.first = [];
    this.paintSoon = null;
    this.notice = "";
    this.playsOutside = false;
    this.say("Asking …");
    this.panel.view.set("progress", 0);
    const id = this.panel.connection.run(request.op, request.body, (event) =>
      this.panel.guard(() => this.onEvent(id, request, event)),
    );
    this.running.set(id, request);
  }

  cancel() {
    for (const id of Array.from(this.running.keys())) this.panel.connection.cancel(id);
  }

  onEvent(id, request, event) {
    try {
      this.handle(id, request, event);
    } finally {
      if (!FLEETING.has(event.event)) this.changed();
    }
  }

  handle(id, request, event) {
    const newest = id === Array.from(this.running.keys()).pop();
    if (newest) this.follow(request, event);
    if (event.event === "done") {
      this.running.delete(id);
      this.deliver(request, event);
    } else if (["failed", "cancelled", "superseded", "error"].includes(event.event)) {
      this.running.delete(id);
      if (newest) this.panel.view.set("progress", 0);
    }
  }

  // Show how the newest job is getting on.
  follow(request, event) {
    const words = activityWords(event);
    if (words) this.say(words);
    if (event.event === "again") this.first = [];
    if (event.event === "playing" && event.state === "started") this.playsOutside = true;
    if (event.event === "progress") this.panel.view.set("progress", event.fraction);
    if (event.event === "partial" && event.notes && event.take === 0 && event.part === 0) {
      this.first.push(...fromRows(event.notes).map((item) => item.note));
      if (!this.paintSoon) this.painter.in(PAINT_MS);
      this.paintSoon = () => this.paintFirst(request, event.end_beats);
    }
  }

  paintNow() {
    const paint = this.paintSoon;
    this.paintSoon = null;
    if (paint) paint();
  }

  // The notes so far, in the metre of the source.
  paintFirst(request, end) {
    const metre = request.source ? request.source.data.metre : [4, 4];
    const bar = (metre[0] * 4) / metre[1];
    const length = Math.max(end, (request.body && request.body.bars ? request.body.bars : 0) * bar);
    this.paint(request, { length_beats: length, bar_beats: bar }, this.first);
  }

  paint(request, frame, notes) {
    const shown = picture(request, frame, notes);
    this.panel.view.roll(shown.frame, shown.notes);
  }

  deliver(request, done) {
    this.panel.view.set("progress", 1);
    this.paintSoon = null; // what is shown next is the whole take
    this.answer = this.makeAnswer(request, done);
    if (!this.answer.takes.length) {
      this.say("The takes of this answer are gone: ask again.");
      return;
    }
    this.showTake(0);
    this.say(`${this.answer.words} ${doneWords(done)}`);
  }

  showTake(index) {
    this.answer.words = this.answer.show(index);
    this.notice = this.answer.degraded.map((words) => words + ".").join(" ");
    this.say(this.answer.words);
    const written = this.answer.picture();
    if (written) this.paint(this.answer.request, written.frame, written.notes);
    this.check.in(CHECK_MS);
  }

  // What Live made of what was written.
  compare() {
    const words = this.answer ? this.answer.differences() : "";
    if (!words) return;
    this.notice = [words, this.notice].join(" ").trim();
    this.changed();
  }

  step(by) {
    if (!this.answer) return;
    const index = this.answer.index + by;
    if (index < 0 || index >= this.answer.takes.length) return;
    this.showTake(index);
  }

  keep(on) {
    const take = this.answer && this.answer.take;
    if (!take) return;
    this.panel.connection.ask("keep", { take: take.take, keep: on }, (event) => {
      if (event.event !== "take_list") this.say(activityWords(event) || "nextbar is not there.");
      else if (on) this.answer.kept.add(take.take);
      else this.answer.kept.delete(take.take);
      this.panel.view.forget("keep_take");
      this.changed();
    });
  }

  // The same request with a new seed.
  more() {
    const take = this.answer && this.answer.take;
    if (!take) return;
    const { request } = this.answer;
    this.ask({ ...afresh(request), op: "more", body: { take: take.take } });
  }

  // The newest kept take with that seed, from any session; `command` is "audio" or "" for notes.
  recall(seed, request, command = "") {
    this.panel.inquire("takes", { limit: RECALL_LIMIT }, (list) => {
      if (list.event !== "take_list") return this.say("nextbar is not there.");
      const fits = (take) => (command ? take.command === command : take.command !== "audio");
      const found = list.takes.filter((take) => take.seed === seed && fits(take));
      if (!found.length) return this.say(`No take with the seed ${seed} is kept.`);
      const best = found.reduce((a, b) => (newer(b, a) ? b : a));
      return this.fetch(best, request);
    });
  }

  fetch(summary, request) {
    this.panel.inquire("take", { take: summary.id }, (event) => this.panel.guard(() => {
      if (event.event !== "take_whole") {
        this.say(activityWords(event) || "nextbar is not there.");
        return;
      }
      const { take } = event;
      const op = take.request.command;
      const [clip] = take.request.clips;
      const source = clip ? { clip: NOWHERE, data: clip } : null;
      const title = op.charAt(0).toUpperCase() + op.slice(1);
      const { engine, stats } = take;
      const done = { takes: [take], seed: take.request.seed, engine, stats };
      this.deliver({ ...afresh(request), wrote: op, title, source }, done);
      this.changed();
    }));
  }

  show() {
    const { view } = this.panel;
    const { answer } = this;
    const count = answer ? answer.takes.length : 0;
    const index = answer ? answer.index : -1;
    view.set("take", takeWords(index, count));
    view.set("take_detail", index >= 0 ? `seed ${answer.seed}` : "");
    view.set("keep_take", answer && answer.isKept ? 1 : 0);
    view.active("previous_take", index > 0);
    view.active("next_take", index < count - 1);
    view.active("keep_take", this.panel.connected && index >= 0);
    view.active("more", this.panel.connected && index >= 0);
    view.active("recall", this.panel.connected);
  }

  say(words) {
    this.panel.view.set("activity", words);
  }
}

function takeWords(index, count) {
  if (index >= 0) return `take ${index + 1} of ${count}`;
  return count ? `${count} waiting` : "no take";
}

// Of two takes with one seed: the newer one, and of one job the better one.
function newer(a, b) {
  if (a.created.slice(0, 19) === b.created.slice(0, 19)) return a.rank < b.rank;
  return a.created > b.created;
}

// What is brought back never changes a clip.
function afresh(destination) {
  return { ...destination, where: destination.where === "in_place" ? "next" : destination.where };
}

// Stands for the source of a take from another session: it is not in this set.
const NOWHERE = { alive: false };

module.exports = { Shelf };
