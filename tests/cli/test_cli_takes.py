# SPDX-License-Identifier: Apache-2.0
import json
import os

import pytest

from models.midi import read_midi


@pytest.fixture
def take(nextbar_json, melody_file):
    """The name of a take that `out.mid` holds as well."""
    report = nextbar_json("continue", melody_file, "-o", "out.mid", "--seed", 4)
    return report["takes"][0]


def test_list_has_the_newest_first(nextbar, nextbar_json, melody_file, take):
    nextbar("continue", melody_file, "-o", "out.mid", "--takes", 2)
    found = nextbar_json("takes", "list")
    assert len(found) == 3
    assert found[-1]["id"] == take
    assert found[-1]["seed"] == 4
    assert len(nextbar_json("takes", "list", "--limit", 1)) == 1
    code, out, _ = nextbar("takes", "list")
    assert code == 0
    assert take in out


@pytest.mark.parametrize("limit", ["-3", "0", "x"])
def test_a_limit_that_is_none_is_refused(nextbar, take, limit):
    code, out, err = nextbar("takes", "list", "--limit", limit)
    assert (code, out) == (2, "")
    assert "limit must be a whole number from 1" in err


def test_export_gives_the_notes_that_were_written(nextbar, take):
    assert nextbar("takes", "export", take, "-o", "again.mid")[0] == 0
    old, new = read_midi("out.mid"), read_midi("again.mid")
    assert old.parts[0].clip.notes == new.parts[0].clip.notes
    assert nextbar("takes", "export", take)[0] == 0
    assert os.path.exists(f"{take}.mid")


def test_replay_gives_the_same_notes_and_names_its_parent(nextbar, nextbar_json, take):
    report = nextbar_json("takes", "replay", take, "-o", "again.mid")
    assert report["same"]
    assert read_midi("again.mid").parts[0].clip == read_midi("out.mid").parts[0].clip
    child = nextbar_json("takes", "show", report["takes"][0])
    assert child["parents"] == [take]
    assert "the same notes" in nextbar("takes", "replay", take)[1]


def test_replay_of_a_later_take_gives_that_one(nextbar_json, melody_file):
    report = nextbar_json("continue", melody_file, "-o", "o.mid", "--takes", 3, "--seed", 9)
    assert nextbar_json("takes", "replay", report["takes"][2], "-o", "again.mid")["same"]
    assert read_midi("again.mid").parts[0].clip == read_midi("o.3.mid").parts[0].clip


def test_replay_of_joined_bars(nextbar_json, melody_file):
    report = nextbar_json("continue", melody_file, "-o", "o.mid", "--join", "--seed", 9)
    assert nextbar_json("takes", "replay", report["takes"][0], "-o", "again.mid")["same"]


def test_show_draws_and_tells_how_it_was_made(nextbar, take):
    code, out, _ = nextbar("takes", "show", take)
    assert code == 0
    assert f"{take}: continue by clip, seed 4" in out
    assert nextbar("takes", "show", take, "-o", "t.svg")[0] == 0
    assert os.path.exists("t.svg")


def test_keep_and_forget(nextbar, nextbar_json, take):
    assert nextbar_json("takes", "keep", take) == {"take": take, "kept": True}
    assert nextbar_json("takes", "list")[0]["kept"]
    assert nextbar("takes", "keep", take, "--off")[0] == 0
    assert nextbar("takes", "forget", take)[0] == 0
    assert nextbar_json("takes", "list") == []


@pytest.mark.parametrize("verb", ["show", "export", "replay", "keep", "forget"])
def test_an_unknown_take(nextbar, verb):
    code, _, err = nextbar("takes", verb, "t99")
    assert code == 1
    assert "There is no take t99" in err


def edited(home, take, change):
    """A take's file as an older or a newer nextbar would have written it."""
    path = home / "takes" / f"{take}.json"
    data = json.loads(path.read_text("utf-8"))
    change(data["request"]["args"])
    path.write_text(json.dumps(data), "utf-8")


@pytest.mark.parametrize("command", ["continue", "vary", "groove"])
def test_a_take_that_is_older_than_its_parameters_gets_their_defaults(
    nextbar_json, home, melody_file, command
):
    take = nextbar_json(command, melody_file, "-o", "out.mid", "--seed", 4)["takes"][0]
    edited(home, take, dict.clear)
    report = nextbar_json("takes", "replay", take, "-o", "again.mid")
    assert report["same"]
    child = nextbar_json("takes", "show", report["takes"][0])
    assert "adventure" in child["request"]["args"]


def test_a_take_with_a_parameter_that_is_no_more_says_so(nextbar, home, take):
    edited(home, take, lambda args: args.update(colour="red"))
    code, out, _ = nextbar("takes", "replay", take, "--json")
    told = json.loads(out)
    assert (code, told["error"], told["where"]) == (2, "bad_argument", "colour")
    assert told["message"].startswith(f"{take} can't be made again: colour is not a parameter")
