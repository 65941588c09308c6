// SPDX-License-Identifier: Apache-2.0
// Base64 of ASCII text. Max's v8 has neither btoa nor TextEncoder.
"use strict";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

function encode(text) {
  let out = "";
  for (let at = 0; at < text.length; at += 3) {
    const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
    const bits = (a << 16) | ((b || 0) << 8) | (c || 0);
    out += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
    out += at + 1 < text.length ? ALPHABET[(bits >> 6) & 63] : "=";
    out += at + 2 < text.length ? ALPHABET[bits & 63] : "=";
  }
  return out;
}

// Throws an Error when the text is not base64.
function decode(base64) {
  if (base64.length % 4 !== 0) throw new Error("not base64");
  const pieces = [];
  for (let at = 0; at < base64.length; at += 4) {
    const padding = base64[at + 2] === "=" ? 2 : base64[at + 3] === "=" ? 1 : 0;
    let bits = 0;
    for (let i = 0; i < 4; i++) bits = (bits << 6) | value(base64[at + i], i >= 4 - padding);
    const bytes = [bits >> 16, (bits >> 8) & 255, bits & 255].slice(0, 3 - padding);
    pieces.push(String.fromCharCode(...bytes));
  }
  return pieces.join("");
}

function value(letter, isPadding) {
  if (isPadding && letter === "=") return 0;
  const found = VALUES.get(letter);
  if (found === undefined) throw new Error("not base64");
  return found;
}

// JSON in which every character is ASCII, so that no side needs to know about UTF-8.
function asciiJson(data) {
  return JSON.stringify(data).replace(
    /[\u007f-\uffff]/g,
    (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

module.exports = { encode, decode, asciiJson };
