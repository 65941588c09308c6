# SPDX-License-Identifier: Apache-2.0
"""Sends messages through a shipped patcher, as Max would: right outlets first, depth first.

Only what the devices use is understood. `heard` lists what arrives at the script, at the boxes
with a face and at the network, in its order.
"""

import math
from collections import defaultdict

from shipped import boxes

ENDS = ("v8", "udpsend", "udpreceive", "sfplay~", "line~", "midiout")


class Patch:
    def __init__(self, patcher):
        self.boxes = {box["id"]: box for box in boxes(patcher)}
        self.names = {box.get("varname"): box["id"] for box in boxes(patcher)}
        self.cords = defaultdict(list)
        for item in patcher["lines"]:
            source, destination = item["patchline"]["source"], item["patchline"]["destination"]
            self.cords[tuple(source)].append(tuple(destination))
        self.heard = []
        self.said = {}  # what a control answers to a bang

    def find(self, text):
        """The id of the one object whose text begins so."""
        (found,) = [key for key, box in self.boxes.items() if self.text(key).startswith(text)]
        return found

    def text(self, key):
        box = self.boxes[key]
        return box["text"] if box["maxclass"] in ("newobj", "message") else box["maxclass"]

    def out(self, key, outlet, *message):
        """What follows when an object says something."""
        for destination, inlet in self.cords[key, outlet]:
            self.take(destination, inlet, list(message))

    def take(self, key, inlet, message):
        box = self.boxes[key]
        if box["maxclass"] == "message":
            words = box["text"].split()
            self.out(key, 0, *[message[0] if word == "$1" else number(word) for word in words])
        elif box["maxclass"] == "newobj":
            self.pass_on(key, inlet, message)
        else:
            self.heard.append((box.get("varname"), message))
            if message == ["bang"]:
                self.out(key, 0, *self.said.get(box["varname"], [0]))

    def pass_on(self, key, inlet, message):
        name, *words = self.text(key).split()
        if name in ENDS:
            self.heard.append((name, message))
        elif name == "t":
            for outlet in reversed(range(len(words))):
                self.out(key, outlet, "bang")
        elif name == "route":
            outlet = words.index(message[0]) if message[0] in words else len(words)
            rest = message[1:] or ["bang"]
            self.out(key, outlet, *(message if outlet == len(words) else rest))
        elif name == "prepend":
            self.out(key, 0, *words, *message)
        elif name == "==":
            self.out(key, 0, int(message[0] == float(words[0])))
        elif name == "dbtoa":
            self.out(key, 0, math.pow(10, message[0] / 20))
        elif name == "deferlow":
            self.out(key, 0, *message)
        else:
            raise AssertionError(f"nothing is known of {self.text(key)}")


def number(word):
    try:
        return float(word)
    except ValueError:
        return word
