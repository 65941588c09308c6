# SPDX-License-Identifier: Apache-2.0
"""The fake Live is strict: what a real Live would refuse or ignore raises here."""

import pytest
from fake_live import DEVICES, FakeLive, LiveError, frozen_script, melody, note

CLIP = {"slot": 0, "name": "a", "length": 4, "notes": melody(4)}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    spec = {"tracks": [{"name": "Lead", "clips": [CLIP]}, {"name": "Voice", "kind": "audio"}]}
    with FakeLive(tmp_path_factory.mktemp("live"), version=[12, 1, 0], **spec) as running:
        running.device(port=1, start=False)
        running.device(name="ready", port=1)
        yield running


SONG = 'new LiveAPI("live_set")'
CLIP_API = 'new LiveAPI("live_set tracks 0 clip_slots 0 clip")'


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (f"{SONG}.get('begin_undo_step')", "no property begin_undo_step"),
        (f"{SONG}.call('begin_undo_step')", "no method begin_undo_step"),
        (f"{SONG}.frobnicate", "no member frobnicate"),
        (f"{SONG}.set('is_dancing', 1)", "no property is_dancing"),
        ("new LiveAPI('live_set songs 0')", "no child songs"),
        ("new LiveAPI('nowhere')", "no path begins with nowhere"),
        ("new LiveAPI('live_set tracks 9').get('name')", "not there"),
        ("new LiveAPI('live_set tracks 0').call('create_midi_clip', 0, 4)", "12.1.0"),
        ("new LiveAPI('live_set tracks 1 clip_slots 0').call('create_clip', 4)", "not a MIDI"),
        ("new LiveAPI('live_set tracks 0 clip_slots 0').call('create_clip', 4)", "not empty"),
        (f"{CLIP_API}.set('length', 3)", "can't be written"),
        (f"{CLIP_API}.set('loop_start', 4)", "not after its start"),
        (f"{CLIP_API}.call('add_new_notes', {{notes: [{{pitch: 60}}]}})", "needs start_time"),
        (f"{CLIP_API}.call('remove_notes_by_id', [1, 2])", "can't be passed"),
        ("const a = new LiveAPI(() => {}, 'live_set'); a.property = 'scenes'", "be observed"),
        ("outlet(0, '/nextbar/chunk', undefined)", "is no atom"),
        ("outlet(0, '/nextbar/chunk', 'x'.repeat(40000))", "is no atom"),
        ("outlet(0, ['/nextbar/chunk', 'x'.repeat(6000)])", "udpsend drops"),
        ("outlet(7, 'x')", "no outlet 7"),
        ("outlet(2, 'nothing', 'set', 1)", "the panel has no nothing"),
        ("outlet(2, 'go', 'colour', 1)", "knows no colour"),
        ("setTimeout(() => {}, 1)", "setTimeout is not defined"),
        ("console.log(1)", "console is not defined"),
        ("new Task(() => {}).start", "Task.start"),
        ("btoa('a')", "btoa is not defined"),
    ],
)
def test_what_is_not_documented_does_not_exist(code, complaint, live):
    with pytest.raises(LiveError, match=complaint):
        live.inside("ready", code)


def test_nothing_of_live_can_be_had_before_the_device_is_ready(live):
    with pytest.raises(LiveError, match=r"before live\.thisdevice"):
        live.inside("a", SONG)


def test_a_change_inside_a_notification_is_refused(live):
    code = "new LiveAPI(() => new LiveAPI('live_set').set('tempo', 99), 'live_set')"
    with pytest.raises(LiveError, match="Changes cannot be triggered by notifications"):
        live.inside("ready", code)


def test_what_was_written_can_be_read_only_later(live):
    read = f"{CLIP_API}.get('name')[0]"
    code = f"{CLIP_API}.set('name', 'b'); {read}"
    assert live.run(f"return device.inside({code!r});", name="ready") == "a"
    assert live.run(f"return device.inside({read!r});", name="ready") == "b"


def test_ids_go_stale(live):
    code = """const slot = set.song.tracks[0].clip_slots[5];
    const clip = set.fillSlot(slot, { length: 4 });
    const api = device.inside(`new LiveAPI("id ${clip.id}")`);
    set.drop(clip);
    slot.clip = null;
    return [api.id, device.inside(`new LiveAPI("id ${clip.id}")`).id];"""
    assert live.run(code, name="ready") == ["0", "0"]


def test_notes_on_one_key_are_trimmed(live):
    live.run(
        f"""const clip = set.fillSlot(set.song.tracks[0].clip_slots[6], {{ length: 8 }});
        clip.notes.add([{note(60, 0, 2)}, {note(60, 1, 2)}, {note(60, 1, 0.5)}]);"""
    )
    notes = live.clips[0]["slots"][6]["notes"]
    assert [(n["start_time"], n["duration"]) for n in notes] == [(0, 1), (1, 0.5)]


@pytest.mark.parametrize("kind", ["nextbar", "nextbar_audio", "nextbar_selftest"])
def test_a_shipped_script_is_one_text_without_foreign_parts(kind):
    text = frozen_script(DEVICES / f"{kind}.amxd")
    assert text.startswith("// nextbar")
    assert "require(" not in text.replace("nextbarRequire(", "")
    assert text.isascii() or "…" in text or "–" in text
