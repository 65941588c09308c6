# SPDX-License-Identifier: Apache-2.0
"""What becomes of a take whose player ends before it does."""

import asyncio
import logging
import sys

import pytest

from bridge.cli import main
from bridge.core.events import EVENTS
from bridge.sound.output import AudioOut
from bridge.sound.speaker import Speaker

PLAYER = """#!{python}
import sys
from bridge.worker.frames import pack
sys.stdout.buffer.write(pack({{"type": "ready", "rate_hz": 8000}}))
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")


@pytest.fixture(autouse=True)
def brief_player(tmp_path, monkeypatch):
    """A player that is ready, and gone."""
    player = tmp_path / "player"
    player.write_text(PLAYER.format(python=sys.executable))
    player.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(player))


def test_a_player_that_ends_is_told_by_its_wait():
    with Speaker("jack") as speaker:
        speaker._process.wait(10)
        for _ in range(3):
            speaker.send({"do": "sound", "job": "j", "channels": 1, "pcm": bytes(2**20)})
        assert speaker.wait() == {}


def test_the_command_line_writes_the_sound_all_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path / "home"))
    out = tmp_path / "out.wav"
    words = ["audio", "rain", "--engine", "tonebank", "--bars", "16", "--audio-out", "jack"]
    assert main([*words, "-o", str(out)]) == 0
    assert out.exists()
    assert "jack ended before the take did" in capsys.readouterr().err


def test_the_daemons_clients_are_told_that_it_is_over():
    async def played():
        told: asyncio.Queue[dict] = asyncio.Queue()
        output = AudioOut("jack", told.put_nowait, logging.getLogger("test"))
        facts = {"length_samples": 9, "sample_rate_hz": 8_000, "bar": ["4/4", 120.0]}
        output.send({"do": "begin", "job": "j1", **facts})
        output.send({"do": "sound", "job": "j1", "channels": 1, "pcm": bytes(36)})
        heard = await asyncio.wait_for(told.get(), 5)
        output.send({"do": "stop", "job": "j1"})
        await output.close()
        return heard, told.empty()

    heard, nothing_else = asyncio.run(played())
    assert (heard["job"], heard["state"]) == ("j1", "finished")
    assert {"type", *EVENTS["playing"].fields} == heard.keys()
    assert nothing_else
