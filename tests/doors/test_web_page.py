# SPDX-License-Identifier: Apache-2.0
"""The control page in a real browser."""

import asyncio
import shutil
from contextlib import asynccontextmanager

from browsing import FLAGS, need
from web_hub import SOURCE, FakeHub, serving

from bridge.doors.web.page import page_files
from models.midi import midi_bytes, song_of


@asynccontextmanager
async def page_of(hub):
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        need(False, "playwright (pip install playwright)")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    need(chromium, "Chromium (apt-get install chromium)")
    async with serving(hub) as door, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        page.door = door
        page.troubles = []
        page.foreign = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda line: line.type == "error" and page.troubles.append(line.text))
        own = f"http://127.0.0.1:{door.port}/"
        page.on("request", lambda r: r.url.startswith(own) or page.foreign.append(r.url))
        page.set_default_timeout(10_000)
        await page.goto(own)
        await page.wait_for_selector("#command option", state="attached")
        try:
            yield page
        finally:
            await browser.close()
        assert page.troubles == []
        assert page.foreign == []


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 60))


def test_a_musician_opens_a_file_and_gets_the_next_bars(tmp_path):
    file = tmp_path / "verse.mid"
    file.write_bytes(midi_bytes(song_of([SOURCE])))

    async def scenario():
        hub = FakeHub(quick=False)
        async with page_of(hub) as page:
            await page.set_input_files("#file", file)
            await page.wait_for_selector("#clips label:has-text('verse')")
            assert "2 notes" in await page.inner_text("#summary")
            await page.fill("input[name=bars]", "8")
            await page.click("#run")
            await hub.until(lambda: hub.jobs)
            body = hub.jobs["j1"][1].body
            assert body["bars"] == 8
            assert body["clips"][0]["name"] == "verse"
            hub.tell("j1", "progress", fraction=0.5, stage="generating", notes=1)
            await page.wait_for_selector("#stage:has-text('generating')")
            hub.end("j1")
            await page.wait_for_selector("#takes button[aria-pressed=true]")
            assert "4 notes" in await page.inner_text("#summary")
            assert "2 of them new" in await page.inner_text("#summary")
            assert await page.get_attribute("#download", "href") == "/v1/takes/t1.mid"
            await page.click("#play")
            await page.wait_for_selector("#play:has-text('Stop')")
            await page.click("#play")
            await page.wait_for_selector("#play:has-text('Play')")

    run(scenario())


def test_cancel_and_absent_engines():
    async def scenario():
        hub = FakeHub(quick=False)
        async with page_of(hub) as page:
            await page.click("#example")
            await page.click("#run")
            await hub.until(lambda: hub.jobs)
            await page.click("#cancel")
            await hub.until(lambda: hub.ended)
            assert hub.ended == {"j1": "cancelled"}
            await page.wait_for_selector("#cancel", state="hidden")
            await page.click("summary:has-text('Engines')")
            assert "pip install big" in await page.inner_text("#engines .absent code")
            assert await page.is_disabled("#command option[value=vary]")

    run(scenario())


def test_a_refusal_is_shown():
    async def scenario():
        hub = FakeHub(quick=False)
        async with page_of(hub) as page:
            await page.click("#example")
            await page.click("#run")
            await hub.until(lambda: hub.jobs)
            hub.end("j1", "failed", code="bad_clip", message="Draw a note in first.", where="clip")
            await page.wait_for_selector("#notice:has-text('Draw a note in first.')")

    run(scenario())


def test_the_page_comes_back_after_a_loss_with_the_result():
    async def scenario():
        hub = FakeHub(quick=False)
        async with page_of(hub) as page:
            await page.click("#example")
            await page.click("#run")
            await hub.until(lambda: hub.jobs)
            client = hub.jobs["j1"][0]
            page.door._server.abort_all()  # as a network does that dies
            await hub.until(lambda: client in hub.detached)
            hub.end("j1")
            await page.wait_for_selector("#takes button[aria-pressed=true]")

    run(scenario())


def test_nothing_but_the_page_is_served():
    names = set(page_files())
    assert {"index.html", "style.css", "app.js", "icon.svg"} <= names
    assert not any(name.endswith((".py", ".pyc")) for name in names)
    for name, (content, _) in page_files().items():
        text = content.decode()
        assert "SPDX-License-Identifier: Apache-2.0" in text, name
        assert "https://" not in text, name
        assert text.count("\n") <= 300, name
