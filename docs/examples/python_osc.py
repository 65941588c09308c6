# SPDX-License-Identifier: Apache-2.0
"""Continue a melody with nextbar, in the packed form: all fields of all notes, nothing lost.

python python_osc.py [port]
"""

import sys

from bridge.client import OscClient
from models.clip import Clip, Note
from models.wire import clip_from_data, clip_to_data

MELODY = Clip(
    (
        Note(60, 0.0, 1.0, 100),
        Note(64, 1.0, 1 / 3, 90),
        Note(67, 2.0, 1.0, 95, probability=0.8),
        Note(72, 3.0, 0.5, 110),
    ),
    length_beats=4.0,
)


def main(port: int) -> None:
    """Ask for two bars in two takes and print them."""
    with OscClient(port=port) as client:
        for event in client.request("continue", clip=clip_to_data(MELODY), bars=2, seed=7, takes=2):
            print(event["event"], event.get("fraction", event.get("message", "")))
        for take in event.get("takes", ()):
            print(f"take {take['take']}:")
            for note in clip_from_data(take["parts"][0]).notes:
                print(f"  {note.pitch:3} at {note.start_beats:g} for {note.duration_beats:g}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9311)
