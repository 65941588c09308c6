# SPDX-License-Identifier: Apache-2.0
"""The door on the real daemon: a job, its take as a file, and the same notes again."""

import asyncio
import logging

import httpx
from web_hub import clip

from bridge.app import App
from bridge.settings import Settings
from models.midi import read_midi
from models.wire import clip_from_data


def test_a_job_its_file_and_its_replay(tmp_path):
    async def scenario():
        settings = Settings(osc_port=0, http_port=0, takes_folder=str(tmp_path / "takes"))
        app = App(settings, logging.getLogger("test"))
        await app.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{app.web.port}") as http:
                http.timeout = 20
                await talk(http)
        finally:
            await app.stop()

    asyncio.run(asyncio.wait_for(scenario(), 60))


async def talk(http):
    body = {"clip": clip(), "bars": 2, "takes": 2, "seed": 7}
    done = (await http.post("/v1/continue", json=body)).json()
    assert done["event"] == "done"
    take = done["takes"][0]
    file = await http.get(f"/v1/takes/{take['take']}.mid")
    song = read_midi(file.content)
    first = clip_from_data(take["parts"][0])
    assert [part.clip.notes for part in song.parts] == [first.notes]
    again = (await http.post("/v1/replay", json={"take": take["take"]})).json()
    assert again["takes"][0]["parts"] == take["parts"]
    refused = await http.post("/v1/continue", json={**body, "bars": 1000})
    assert (refused.status_code, refused.json()["where"]) == (400, "bars")
    kept = (await http.get("/v1/takes?limit=3")).json()["takes"]
    assert len(kept) == 3
