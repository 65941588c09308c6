# SPDX-License-Identifier: Apache-2.0
"""A strict reader of `.amxd` files, written from the description of the format alone.

It shares no line with the builder, so what both agree on is right or wrong twice over.
"""

import json
import struct
from dataclasses import dataclass


class NotADevice(Exception):
    """The bytes are not a device as Max saves it."""


@dataclass(frozen=True)
class Device:
    """What a frozen device holds: its kind, and its files by name in their order."""

    kind: str
    meta: int
    files: dict
    entries: list

    @property
    def patcher(self):
        name = next(e["fnam"] for e in self.entries if e["flag"] == 0x11)
        return json.loads(self.files[name].rstrip(b"\0"))["patcher"]

    def text(self, name):
        return self.files[name].decode("utf-8")


def read_device(data):
    """Read the bytes of a frozen device.

    Raises:
        NotADevice: with what is wrong.
    """
    chunks = _chunks(data)
    if [tag for tag, _ in chunks] != ["ampf", "meta", "ptch"]:
        raise NotADevice(f"chunks are {[tag for tag, _ in chunks]}")
    (_, kind), (_, meta), (_, block) = chunks
    entries, files = _block(block)
    return Device(kind.decode("ascii"), struct.unpack("<I", meta)[0], files, entries)


def _chunks(data):
    found, at = [], 0
    while at < len(data):
        if at + 8 > len(data):
            raise NotADevice("a chunk header is cut off")
        tag, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > len(data):
            raise NotADevice(f"chunk {tag!r} of {size} bytes runs past the end")
        found.append((tag.decode("ascii", "replace"), data[at + 8 : at + 8 + size]))
        at += 8 + size
    return found


def _block(block):
    magic, header, footer = struct.unpack_from(">4sIQ", block)
    if magic != b"mx@c" or header != 16:
        raise NotADevice("the patcher is not frozen")
    tag, content = _field(block, footer)
    if tag != "dlst" or footer + 8 + len(content) != len(block):
        raise NotADevice("the list of files is not where the header says")
    entries, at = [], 0
    while at < len(content):
        tag, fields = _field(content, at)
        if tag != "dire":
            raise NotADevice(f"{tag} in the list of files")
        entries.append(_entry(fields))
        at += 8 + len(fields)
    return entries, _files(block[16:footer], entries)


def _field(data, at):
    if at + 8 > len(data):
        raise NotADevice("a field is cut off")
    tag, size = struct.unpack_from(">4sI", data, at)
    if size < 8 or at + size > len(data):
        raise NotADevice(f"field {tag!r} of {size} bytes runs past the end")
    return tag.decode("ascii", "replace"), data[at + 8 : at + size]


def _entry(fields):
    entry, at = {}, 0
    while at < len(fields):
        tag, value = _field(fields, at)
        at += 8 + len(value)
        if tag in ("type", "fnam"):
            if tag == "fnam" and (len(value) % 4 or not value.endswith(b"\0")):
                raise NotADevice("a file name is not padded")
            entry[tag] = value.rstrip(b"\0").decode("utf-8").rstrip()
        else:
            entry[tag] = struct.unpack(">I", value)[0]
    if list(entry) != ["type", "fnam", "sz32", "of32", "vers", "flag", "mdat"]:
        raise NotADevice(f"fields are {list(entry)}")
    return entry


def _files(data, entries):
    """The files, which lie back to back in the order of the list."""
    files, offset = {}, 16
    for entry in entries:
        if entry["of32"] != offset or entry["fnam"] in files:
            raise NotADevice(f"{entry['fnam']} is not at {offset}")
        files[entry["fnam"]] = data[offset - 16 : offset - 16 + entry["sz32"]]
        offset += entry["sz32"]
    if offset - 16 != len(data):
        raise NotADevice("there are bytes that no file claims")
    return files
