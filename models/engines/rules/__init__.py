# SPDX-License-Identifier: Apache-2.0
"""Rules: bass, chords, counter-lines, drums and four-voice harmony by theory, without a network.

    engine        from a request to takes
    feel          timing and dynamics of what is heard, for new parts
    palette       the pitches that a new part may use

One part each:
    bass          roots, fifths and approaches, locked to the kick
    comp          chords in the middle register
    counter       a second melody by species counterpoint
    drums, pace   kick, snare and hats; how fast they may be

Four voices:
    chorale       given voices kept, the others written
    voices        which voice each given clip is

And back:
    delivery      new notes as partials, and as clips
"""

from models.engines.rules.engine import Rules

__all__ = ["Rules"]
