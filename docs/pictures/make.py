# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of the documentation: the demo's piano roll and the control page.

    python docs/pictures/make.py

The page needs Chromium and the test group's playwright.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))


def demo(scratch: Path) -> None:
    """The melody of `nextbar demo`, continued."""
    command = [sys.executable, "-m", "bridge", "demo", "-o", str(scratch)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(scratch / "nextbar-demo.svg", HERE / "demo.svg")


def page(scratch: Path) -> None:
    """The control page after a continuation of the example melody."""
    from daemon import Daemon
    from playwright.sync_api import sync_playwright

    from models.examples import melody
    from models.midi import song_of, write_midi

    write_midi(song_of([melody()]), scratch / "melody.mid")
    with Daemon(scratch / "home") as running, sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1180, "height": 800})
        tab.goto(running.url)
        tab.set_input_files("input[type=file]", scratch / "melody.mid")
        tab.get_by_role("button", name="Run").click()
        tab.get_by_role("link", name="Download .mid").wait_for()
        tab.screenshot(path=HERE / "page.png")


def main() -> None:
    """Make both."""
    with tempfile.TemporaryDirectory() as folder:
        demo(Path(folder))
        page(Path(folder))


if __name__ == "__main__":
    main()
