# SPDX-License-Identifier: Apache-2.0
"""Which engine answers: the one named, else the first that can and follows most wishes."""

from __future__ import annotations

import pytest

from models.clip import Clip
from models.engine import EngineInfo
from models.errors import NoEngine, NotInstalled
from models.registry import Listing, choose, listings, renewed


def engine(name, *commands, **fields):
    reason = fields.pop("reason", "")
    return Listing(EngineInfo(name, "A test engine.", commands, **fields), name, reason=reason)


PLAIN = engine("plain", "vary", "harmonise", honours=("density",))
RICH = engine("rich", "vary", "harmonise", honours=("density", "keep"), needs_clips=False)
ENGINES = (PLAIN, RICH)


def test_the_first_that_can():
    assert choose(ENGINES, "vary") is PLAIN
    assert choose(ENGINES, "vary", wishes=["density"]) is PLAIN
    with pytest.raises(NoEngine, match="No engine here serves groove"):
        choose(ENGINES, "groove")


def test_the_one_that_follows_the_wishes():
    assert choose(ENGINES, "vary", wishes=["density", "keep"]) is RICH
    assert choose(ENGINES, "vary", wishes=["style"]) is PLAIN
    assert choose(ENGINES, "vary", name="plain", wishes=["keep"]) is PLAIN


def test_without_a_clip():
    assert choose(ENGINES, "harmonise", clips=()) is RICH
    assert choose((PLAIN,), "harmonise", clips=()) is PLAIN
    assert choose(ENGINES, "harmonise", name="plain", clips=()) is PLAIN


def test_the_kind_of_the_clips():
    line, beat = Clip((), 4.0), Clip((), 4.0, kind="drums")
    drummer = engine("drummer", "vary", kinds=("drums",))
    assert choose((drummer, PLAIN), "vary", clips=[beat]) is drummer
    assert choose((drummer, PLAIN), "vary", clips=[line]) is PLAIN
    assert choose((drummer, PLAIN), "vary", clips=[line, beat]) is PLAIN
    with pytest.raises(
        NoEngine, match="melodic clips is not served by any engine here; give drums"
    ):
        choose((drummer,), "vary", clips=[line])
    with pytest.raises(NoEngine, match="by drummer; give drums clips or name no engine"):
        choose((drummer, PLAIN), "vary", name="drummer", clips=[line])


def test_what_is_not_installed_answers_nothing():
    absent = engine("absent", "vary", honours=("keep",), reason="it needs torch")
    assert choose((absent, PLAIN), "vary", wishes=["keep"]) is PLAIN
    with pytest.raises(NotInstalled, match="it needs torch"):
        choose((absent,), "vary")


def test_a_command_may_read_other_kinds():
    line, beat = Clip((), 4.0), Clip((), 4.0, kind="drums")
    kinds = {"harmonise": ("melodic", "drums")}
    drummer = engine("drummer", "vary", "harmonise", kinds=("drums",), other_kinds=kinds)
    assert choose((drummer,), "harmonise", clips=[line]) is drummer
    assert choose((drummer, PLAIN), "vary", clips=[line]) is PLAIN
    assert choose((drummer, PLAIN), "vary", clips=[beat]) is drummer


class Fetched:
    """An engine that lacks a model until one is there."""

    info = EngineInfo("fetched", "A test engine.", ("audio",))
    there = False

    @staticmethod
    def absent():
        return None if Fetched.there else ("it needs a model", "fetch it")


def test_what_is_fetched_meanwhile_is_there(monkeypatch):
    (engine, *_) = listings({f"{__name__}:Fetched": ""})
    gone = Listing(engine.info, "no.such:Place", reason="it needs another planet")
    assert renewed((engine, gone, PLAIN)) == (engine, gone, PLAIN)
    monkeypatch.setattr(Fetched, "there", True)
    with pytest.raises(NotInstalled, match="fetch it"):
        choose((engine,), "audio", clips=())
    engine, gone = renewed((engine, gone))
    assert choose((engine, gone), "audio", clips=()) is engine
    monkeypatch.setattr(Fetched, "there", False)
    assert renewed((engine,))[0].reason == "it needs a model"
