# SPDX-License-Identifier: Apache-2.0
"""Sound on the control page, in a real browser with a real daemon."""

import asyncio
import shutil

import pytest
from browsing import FLAGS, need
from daemon import Daemon

# Whether there is more on the canvas of the waveform than bar lines: sound in every column, and
# columns of unequal height.
DRAWN = """() => {
  const canvas = document.getElementById("wave");
  if (!canvas.width || canvas.hidden) return false;
  const { data, width, height } = canvas.getContext("2d").getImageData(
    0, 0, canvas.width, canvas.height);
  const heights = Array.from({ length: width }, (_, x) => {
    let found = 0;
    for (let y = 0; y < height; y++) found += data[4 * (y * width + x)] > 200;
    return found;
  });
  return heights.every((found) => found > 0) && Math.max(...heights) > 4 * Math.min(...heights);
}"""


@pytest.fixture
def daemon(tmp_path):
    daemon = Daemon(tmp_path / "home")
    yield daemon
    daemon.stop()


async def listen(daemon):
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        troubles = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: line.type == "error" and troubles.append(line.text))
        page.set_default_timeout(20_000)
        await page.goto(daemon.url)
        await page.wait_for_selector("#command option[value=audio]", state="attached")
        await page.select_option("#command", "audio")
        await page.fill("[name=prompt]", "drums")
        await page.fill("[name=bars]", "2")
        await page.fill("[name=tempo_bpm]", "150")
        await page.click("#run")
        await page.wait_for_selector("#sound:not([hidden])")
        while not await page.evaluate("document.getElementById('sound').readyState"):
            await asyncio.sleep(0.05)
        seconds = await page.evaluate("document.getElementById('sound').duration")
        await page.wait_for_function(DRAWN)
        summary = await page.inner_text("#summary")
        link = await page.get_attribute("#download", "href")
        await page.click("#use")
        named = await page.input_value("[name=continue_file]")
        await browser.close()
    return seconds, summary, link, named, troubles


def test_a_loop_is_made_and_heard_on_the_page(daemon):
    need(shutil.which("chromium") or shutil.which("chromium-browser"), "Chromium")
    pytest.importorskip("playwright")
    seconds, summary, link, named, troubles = asyncio.run(asyncio.wait_for(listen(daemon), 90))
    assert seconds == pytest.approx(3.2)
    assert summary.startswith("2 bars, 3.20 s at 150 bpm")
    assert link == "/v1/takes/t1.wav"
    assert named.endswith("t1.wav")
    assert troubles == []
