// SPDX-License-Identifier: Apache-2.0
// The only file that touches LiveAPI: objects of Live's model, by path or id. An object that is
// not there is null, never an object with id 0.
"use strict";

class LiveObject {
  constructor(api) {
    this.api = api;
    this.id = Number(api.id);
  }

  get type() {
    return String(this.api.type);
  }

  // Whether it is still in the set: an id goes stale when its object is deleted.
  get alive() {
    return Number(this.api.id) === this.id && byId(this.id) !== null;
  }

  list(name) {
    const value = this.api.get(name);
    return Array.isArray(value) ? value : [value];
  }

  number(name) {
    return Number(this.list(name)[0]);
  }

  flag(name) {
    return this.number(name) === 1;
  }

  // A name may come as several atoms, or as a number where it looks like one.
  text(name) {
    return this.list(name).join(" ");
  }

  child(name) {
    return this.children(name)[0] || null;
  }

  children(name) {
    const ids = this.list(name).filter((value) => value !== "id" && Number(value) > 0);
    return ids.map((id) => byId(id)).filter((found) => found !== null);
  }

  set(name, value) {
    this.api.set(name, value);
  }

  call(name, ...args) {
    return this.api.call(name, ...args);
  }

  // What a method that creates an object gives: ["id", N], or the text "id N".
  create(name, ...args) {
    const made = this.call(name, ...args);
    const words = Array.isArray(made) ? made : String(made).split(" ");
    return words[0] === "id" ? byId(words[1]) : null;
  }

  // What a method that gives notes returns: JSON text, in one atom, with a list under "notes".
  notes(name, ...args) {
    const raw = this.call(name, ...args);
    return JSON.parse(Array.isArray(raw) ? raw.join("") : String(raw)).notes;
  }

  same(other) {
    return other !== null && this.id === other.id;
  }
}

function wrap(api) {
  return Number(api.id) > 0 ? new LiveObject(api) : null;
}

function at(path) {
  return wrap(new LiveAPI(path));
}

function byId(id) {
  return wrap(new LiveAPI("id " + Number(id)));
}

// Calls `heard` whenever the property changes, first at once. `heard` runs inside a notification,
// where Live allows no changes: it may do no more than set something in motion.
function watch(path, property, heard) {
  const api = new LiveAPI(() => heard(), path);
  if (Number(api.id) === 0) return () => {};
  api.property = property;
  return () => {
    api.property = "";
  };
}

// [12, 2, 5]
function liveVersion() {
  const app = at("live_app");
  return ["major", "minor", "bugfix"].map((part) => Number(app.call(`get_${part}_version`)));
}

module.exports = { at, byId, watch, liveVersion };
