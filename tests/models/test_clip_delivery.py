# SPDX-License-Identifier: Apache-2.0
"""An only take is sent while it is written: the best beginning, and nothing of the others."""

from dataclasses import replace

import pytest

from models.clip import Clip, Note
from models.engine import Answer
from models.engines.clip.ask import Ask, Span
from models.engines.clip.candidate import CellEnd
from models.engines.clip.delivery import Live, Take
from models.tokens.rules import PartRules
from models.tokens.scene import Part, Scene, bars_of, cells_of

TUNE = tuple(Note(60 + n * 5 % 12, n / 2, 0.5) for n in range(32))
FITTING = tuple(Note(60 + n * 5 % 12, 16 + n / 2, 0.5) for n in range(8))
SHRILL = tuple(Note(p, 16 + n / 2, 0.5) for n, p in enumerate((21, 120, 30, 99, 22, 118, 25, 101)))


def bar_later(notes):
    return tuple(note.moved(4.0) for note in notes)


def ask():
    """Four bars are known, two are wanted, each of which is sent when it has ended."""
    part = Part("lead", Clip(TUNE, 16.0))
    scene = Scene("continue", (part,), bars_of(part.clip, 0.0, 6), cells_of([0], range(4, 6)))
    spans = (Span((0,), 16.0, 20.0), Span((1,), 20.0, 24.0))
    return Ask(
        scene,
        {0: PartRules(min_notes=1)},
        spans,
        lambda span, cells: tuple(note for cell in span.cells for note in cells[cell]),
        lambda cells: Answer(()),
    )


def sent(live, candidate, cell, notes):
    ended = CellEnd(candidate, cell, notes, 8.0, 8)
    return [partial.notes for partial in live.ended(ended)]


def test_the_best_beginning_goes_on_alone():
    live = Live(Take(0, ask()), 2)
    assert sent(live, 0, 0, SHRILL) == []
    assert sent(live, 0, 1, bar_later(SHRILL)) == []
    assert live.wants(0)
    assert live.wants(1)
    assert sent(live, 1, 0, FITTING) == [FITTING]
    assert live.wants(1)
    assert not live.wants(0)
    assert sent(live, 1, 1, bar_later(FITTING)) == [bar_later(FITTING)]


@pytest.mark.parametrize(("refused", "chosen"), [({60}, 0), ({21, 60}, 1)])
def test_a_beginning_that_is_no_answer_is_passed_over_if_there_is_another(refused, chosen):
    """Refused by the pitch it begins with."""
    refusing = replace(ask(), refused=lambda cells: cells[0][0].pitch in refused)
    live = Live(Take(0, refusing), 2)
    sent(live, 0, 0, SHRILL)
    assert sent(live, 1, 0, FITTING) == [(SHRILL, FITTING)[chosen]]
    assert live.chosen == chosen
