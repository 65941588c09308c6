# SPDX-License-Identifier: Apache-2.0
"""MIDI files in and out over HTTP."""

import asyncio

import httpx
from web_hub import ANSWER, SOURCE, FakeHub, serving

from models.midi import midi_bytes, read_midi, song_of
from models.wire import clip_from_data


def ask(method, path, **options):
    async def scenario():
        async with serving(FakeHub(), max_bytes=100_000) as door:
            url = f"http://127.0.0.1:{door.port}{path}"
            async with httpx.AsyncClient() as http:
                return await http.request(method, url, **options)

    return asyncio.run(scenario())


def test_a_take_comes_as_a_midi_file():
    answer = ask("GET", "/v1/takes/t1.mid")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/midi"
    assert answer.headers["content-disposition"] == 'attachment; filename="nextbar-t1.mid"'
    assert read_midi(answer.content).parts[0].clip.notes == ANSWER.notes


def test_a_take_that_is_not_there():
    answer = ask("GET", "/v1/takes/t9.mid")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_take")


def test_a_file_becomes_clips():
    answer = ask("POST", "/v1/midi", content=midi_bytes(song_of([SOURCE, ANSWER])))
    assert answer.status_code == 200
    clips = [clip_from_data(data) for data in answer.json()["clips"]]
    assert [clip.notes for clip in clips] == [SOURCE.notes, ANSWER.notes]


def test_what_is_no_midi_file_is_refused():
    for content, status in ((b"RIFF", 422), (b"", 422), (b"MThd" + b"x" * 200_000, 413)):
        answer = ask("POST", "/v1/midi", content=content)
        assert answer.status_code == status
        assert answer.json()["event"] == "error"
