// SPDX-License-Identifier: Apache-2.0
// OSC messages of the types i, f and s, and a bad network: what udpsend and udpreceive do.
"use strict";

const MAX_PACKET = 5096; // udpsend's maxpacketsize

function padded(text) {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

function encode(address, atoms) {
  const tags = atoms.map((atom) =>
    typeof atom === "string" ? "s" : Number.isInteger(atom) ? "i" : "f");
  const parts = atoms.map((atom, i) => {
    if (tags[i] === "s") return padded(atom);
    const number = Buffer.alloc(4);
    if (tags[i] === "i") number.writeInt32BE(atom);
    else number.writeFloatBE(atom);
    return number;
  });
  const packet = Buffer.concat([padded(address), padded("," + tags.join("")), ...parts]);
  if (packet.length > MAX_PACKET) throw new Error(`udpsend drops ${packet.length} bytes`);
  return packet;
}

function decode(packet) {
  let at = 0;
  const text = () => {
    const end = packet.indexOf(0, at);
    const found = packet.toString("latin1", at, end);
    at = end + 4 - (end % 4);
    return found;
  };
  const address = text();
  const tags = text().slice(1);
  const atoms = Array.from(tags, (tag) => {
    if (tag === "s") return text();
    at += 4;
    if (tag === "i") return packet.readInt32BE(at - 4);
    if (tag === "f") return packet.readFloatBE(at - 4);
    throw new Error(`udpreceive knows no type ${tag}`);
  });
  return { address, atoms };
}

// A small random generator with a seed.
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// One way of a bad network: `pass` gets what arrives, some of it late, doubled, or not at all.
class Faults {
  constructor({ loss = 0, double = 0, reorder = 0 }, roll, pass) {
    Object.assign(this, { loss, double, reorder, roll, pass });
    this.lost = 0;
  }

  send(packet) {
    if (this.roll() < this.loss) {
      this.lost += 1;
      return;
    }
    const copies = this.roll() < this.double ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.roll() < this.reorder) setTimeout(() => this.pass(packet), 1 + this.roll() * 20);
      else this.pass(packet);
    }
  }
}

module.exports = { encode, decode, random, Faults };
