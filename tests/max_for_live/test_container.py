# SPDX-License-Identifier: Apache-2.0
import pytest
from amxd_reader import NotADevice, read_device
from hypothesis import given
from hypothesis import strategies as st
from shipped import FOLDER, NAMES, device, panel

from max_for_live.builder.container import DATE, KINDS, Frozen, write_device

NAME = st.text("abcdefghij_.", min_size=1, max_size=12)
MAIN = Frozen("main.amxd", "JSON", b'{"patcher": {}}\n')


@given(
    kind=st.sampled_from(sorted(KINDS)),
    files=st.lists(
        st.builds(Frozen, NAME, st.sampled_from(["TEXT", "svg"]), st.binary(max_size=90)),
        unique_by=lambda file: file.name,
        max_size=4,
    ),
)
def test_what_is_written_is_read_by_the_format_s_description(kind, files):
    found = read_device(write_device(kind, MAIN, [f for f in files if f.name != MAIN.name]))
    assert found.kind == KINDS[kind].decode()
    assert found.files[MAIN.name] == MAIN.data + b"\0"
    assert found.patcher == {}
    for file in files:
        assert found.files[file.name] == file.data
    assert [entry["type"] for entry in found.entries[1:]] == [file.kind for file in files]
    assert {entry["mdat"] for entry in found.entries} == {DATE}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_device_lists_its_files(name):
    found = device(name)
    assert (found.kind, found.meta) == ({"midi": "mmmm", "audio": "aaaa"}[panel(name)["kind"]], 7)
    main, *scripts = found.entries
    assert (main["fnam"], main["type"], main["flag"]) == (f"{name}.amxd", "JSON", 0x11)
    assert scripts[0]["fnam"] == f"{name}.js"
    assert {(entry["type"], entry["flag"]) for entry in scripts} == {("TEXT", 0)}
    assert found.files[main["fnam"]].endswith(b"}\n\0")


@pytest.mark.parametrize("name", NAMES)
def test_kind_of_container_and_of_project_agree(name):
    found = device(name)
    assert found.patcher["project"]["amxdtype"].to_bytes(4, "big").decode() == found.kind


WHOLE = write_device("midi", MAIN, [Frozen("a.js", "TEXT", b"abc")])


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE[:-1],
        WHOLE + b"\0",
        WHOLE[:9],
        WHOLE[:12] + WHOLE[24:],  # without meta
        # Max reads a big-endian length as more than a gigabyte.
        WHOLE[:28] + WHOLE[28:32][::-1] + WHOLE[32:],
        WHOLE.replace(b"mx@c", b"mx@d"),
        WHOLE.replace(b"dlst", b"dlsu"),
        WHOLE.replace(b"dire", b"dirf", 1),
        WHOLE.replace(b"vers", b"verz", 1),
        WHOLE[:39] + b"\x11" + WHOLE[40:],  # the footer one byte later
    ],
)
def test_what_is_not_a_device_is_refused(broken):
    with pytest.raises(NotADevice):
        read_device(broken)


def test_nothing_in_a_device_names_the_machine_that_built_it():
    for path in (FOLDER / "devices").glob("*.amxd"):
        data = path.read_bytes()
        assert not [word for word in (b"/Users/", b"/home/", b"/work/", b"/tmp/") if word in data]
