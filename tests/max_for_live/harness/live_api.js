// SPDX-License-Identifier: Apache-2.0
// A LiveAPI class as strict as Live at its strictest: nothing undocumented, nothing before the
// device is ready, no change inside a notification, and values in the shapes that Live gives.
"use strict";

const {
  PROPERTIES, CHILDREN, METHODS, OBSERVABLE_CHILDREN, SETTABLE_CHILDREN, atLeast,
} = require("./lom.js");

const MEMBERS = new Set(["id", "path", "type", "children", "mode", "property", "info", "call",
  "get", "set", "getcount", "goto", "constructor", "then"]);
const REFUSED = "Changes cannot be triggered by notifications. " +
  "You will need to defer your response.";

// `host`: { set, device, ready, notifying }.
function makeLiveAPI(host) {
  const { set } = host;

  function resolve(path) {
    if (!path) return null;
    const words = String(path).split(" ");
    if (words[0] === "id") return set.objects.get(Number(words[1])) || null;
    const roots = { live_set: set.song, live_app: set.app, this_device: host.device };
    let found = roots[words[0]];
    if (found === undefined) throw new Error(`no path begins with ${words[0]}`);
    for (let i = 1; found && i < words.length; i++) {
      const many = (CHILDREN[found.type] || {})[words[i]];
      if (!many) throw new Error(`${found.type} has no child ${words[i]}`);
      found = childOf(found, words[i]);
      if (many === "many") found = found[Number(words[++i])];
    }
    return found || null;
  }

  function childOf(object, name) {
    return name === "canonical_parent" ? object.parent : object[name];
  }

  function value(object, name) {
    if (name === "has_clip") return object.clip ? 1 : 0;
    if (name === "length") return object.loop_end - object.loop_start;
    return object[name];
  }

  function guardChange() {
    if (host.notifying) throw new Error(REFUSED);
  }

  class LiveAPI {
    constructor(...given) {
      if (!host.ready) throw new Error("LiveAPI before live.thisdevice has said that it is ready");
      const callback = typeof given[0] === "function" ? given.shift() : null;
      if (typeof given[0] !== "string") throw new Error("LiveAPI wants a path or an id");
      this.object = resolve(given[0]);
      this.callback = callback;
      this.observed = "";
      this.notify(["id", this.object ? this.object.id : 0]);
      return new Proxy(this, strict);
    }

    notify(args) {
      if (!this.callback) return;
      host.inNotification(() => this.callback(args));
    }

    get alive() {
      return this.object !== null && set.objects.has(this.object.id);
    }

    get id() {
      return this.alive ? String(this.object.id) : "0";
    }

    get type() {
      return this.alive ? this.object.type : "";
    }

    set property(name) {
      set.watchers = set.watchers.filter((watcher) => watcher !== this.watcher);
      this.observed = name;
      if (!name || !this.alive) return;
      const { type } = this.object;
      const found = PROPERTIES[type][name];
      const observable = found ? found.access.includes("o") : OBSERVABLE_CHILDREN.has(name);
      if (!observable) throw new Error(`${type}.${name} can't be observed`);
      this.watcher = (object, changed) => {
        if (object === this.object && changed === name) this.notify([name]);
      };
      set.watchers.push(this.watcher);
      this.notify([name]);
    }

    get property() {
      return this.observed;
    }

    need(table, name, what) {
      if (!this.alive) throw new Error(`${what} ${name} on an object that is not there`);
      const found = table[this.object.type][name];
      if (!found || (found.since && !atLeast(set.version, found.since))) {
        throw new Error(`${this.object.type} has no ${what} ${name} in ${set.version.join(".")}`);
      }
      return found;
    }

    get(name) {
      if (this.alive && CHILDREN[this.object.type][name]) {
        const found = childOf(this.object, name);
        const list = Array.isArray(found) ? found : [found];
        return list.flatMap((object) => ["id", object ? object.id : 0]);
      }
      const { access } = this.need(PROPERTIES, name, "property");
      if (!access.includes("r")) throw new Error(`${name} can't be read`);
      const found = value(this.object, name);
      return Array.isArray(found) ? found.slice() : [found];
    }

    set(name, ...given) {
      guardChange();
      if (this.alive && SETTABLE_CHILDREN.has(name) && CHILDREN[this.object.type][name]) {
        const words = given.join(" ").split(" ");
        this.object[name] = set.objects.get(Number(words[words.length - 1])) || null;
        set.changed(this.object, name);
        return;
      }
      const { access } = this.need(PROPERTIES, name, "property");
      if (!access.includes("w")) throw new Error(`${name} can't be written`);
      checkLoop(this.object, name, given[0]);
      set.record("set", this.object.id, name, given[0]);
      this.object.pending.set(name, given[0]);
      set.changed(this.object, name);
    }

    call(name, ...given) {
      const { changes, run } = this.need(METHODS, name, "method");
      for (const argument of given) checkArgument(argument);
      if (changes) {
        guardChange();
        set.record("call", this.object.id, name);
      }
      const result = run(set, this.object, ...given);
      return result === undefined ? "" : result;
    }

    getcount(name) {
      if (!CHILDREN[this.object.type][name]) throw new Error(`no child ${name}`);
      return childOf(this.object, name).length;
    }
  }

  const strict = {
    get(target, name, receiver) {
      if (typeof name === "string" && !MEMBERS.has(name)) {
        throw new Error(`LiveAPI has no member ${name}`);
      }
      const found = Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
    set(target, name, given) {
      if (!["property", "path", "id", "mode"].includes(name)) {
        throw new Error(`LiveAPI.${name} can't be set`);
      }
      return Reflect.set(target, name, given, target);
    },
  };
  return LiveAPI;
}

// A loop must end after it starts, in what was written last.
function checkLoop(clip, name, value) {
  if (name !== "loop_start" && name !== "loop_end") return;
  const last = (place) => (clip.pending.has(place) ? clip.pending.get(place) : clip[place]);
  const start = name === "loop_start" ? value : last("loop_start");
  const end = name === "loop_end" ? value : last("loop_end");
  if (!(end > start)) throw new Error(`the loop would end at ${end}, not after its start ${start}`);
}

// What can stand in a message to Live: numbers, text, or one plain object.
function checkArgument(argument) {
  if (typeof argument === "number" && Number.isFinite(argument)) return;
  if (typeof argument === "string" && argument.length <= 32767) return;
  if (argument && typeof argument === "object" && !Array.isArray(argument)) return;
  throw new Error(`${JSON.stringify(argument)} can't be passed to Live`);
}

module.exports = { makeLiveAPI };
