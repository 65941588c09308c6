# SPDX-License-Identifier: Apache-2.0
import json
import os
import shlex

import pytest

import bridge
from bridge import paths
from bridge.cli import main
from bridge.cli.parser import all_verbs, overview, parser_of
from models.midi import read_midi


def test_the_version(nextbar, nextbar_json):
    assert nextbar("--version") == (0, f"nextbar {bridge.__version__}\n", "")
    assert nextbar_json("--version") == {"version": bridge.__version__}


def test_the_overview_names_every_verb(nextbar):
    code, out, _ = nextbar("--help")
    assert code == 0
    assert out.strip() == overview(all_verbs())
    assert all(f"  {name} " in out for name in all_verbs())


@pytest.mark.parametrize("name", all_verbs())
def test_every_verb_has_an_example_that_parses(name):
    verb = all_verbs()[name]
    text = parser_of(verb).format_help()
    assert verb.example in text
    words = shlex.split(verb.example)[1 + len(name.split()) :]
    parser_of(verb).parse_intermixed_args(words)


@pytest.mark.parametrize(
    ("word", "hint"),
    [("contineu", "did you mean continue?"), ("doktor", "did you mean doctor?"), ("zzz", "--help")],
)
def test_an_unknown_verb_gets_a_hint(nextbar, word, hint):
    code, _, err = nextbar(word)
    assert code == 2
    assert hint in err


def test_half_a_verb_names_the_other_half(nextbar):
    code, _, err = nextbar("takes")
    assert code == 2
    assert "nextbar takes list" in err


def test_a_fault_of_our_own_leaves_a_trace_in_a_file(nextbar, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("bridge.doctor.examine", broken)
    code, out, err = nextbar("doctor")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert "ZeroDivisionError" in (paths.log_folder() / "command-line.log").read_text()


def test_show_draws_and_gives_json(nextbar, nextbar_json, band_file):
    code, out, _ = nextbar("show", band_file)
    assert code == 0
    assert all(name in out for name in ("1 Lead", "2 Bass", "4 Drums"))
    clips = nextbar_json("show", band_file)["clips"]
    assert [clip["name"] for clip in clips] == ["Lead", "Bass", "Drums"]
    assert nextbar("show", band_file, "-o", "roll.png")[0] == 0
    with open("roll.png", "rb") as picture:
        assert picture.read(4) == b"\x89PNG"
    assert nextbar("show", band_file, "-o", "roll.bmp")[0] == 2


def test_the_demo_writes_a_song_and_pictures(nextbar, nextbar_json):
    code, out, _ = nextbar("demo", "-o", "here")
    assert code == 0
    assert sorted(os.listdir("here")) == [f"nextbar-demo{s}" for s in (".mid", ".png", ".svg")]
    song = read_midi("here/nextbar-demo.mid")
    assert len(song.parts) == 2
    assert "new bars by clip after it, and a bass line by rules" in out
    assert out.splitlines()[-1].startswith("Try next: ")
    assert nextbar_json("demo")["files"][0] == "nextbar-demo.mid"
    assert read_midi("nextbar-demo.mid") == song


def test_config_show_tells_origins_and_masks_secrets(nextbar, nextbar_json, home, monkeypatch):
    home.mkdir()
    (home / "config.toml").write_text('queue_depth = 3\ntoken = "s3cret"\n')
    monkeypatch.setenv("NEXTBAR_OSC_PORT", "4444")
    shown = nextbar_json("config", "show")
    assert shown["queue_depth"] == {"value": 3, "origin": f"file {home / 'config.toml'}"}
    assert shown["osc_port"] == {"value": 4444, "origin": "environment NEXTBAR_OSC_PORT"}
    code, out, _ = nextbar("config", "show")
    assert code == 0
    assert "s3cret" not in out
    assert "s3cret" not in json.dumps(shown)


def test_config_init_writes_once(nextbar, home):
    code, out, _ = nextbar("config", "init")
    assert code == 0
    assert (home / "config.toml").read_text().count("# osc_port = 9311") == 1
    (home / "config.toml").write_text("osc_port = 1\n")
    assert nextbar("config", "init")[0] == 1
    assert (home / "config.toml").read_text() == "osc_port = 1\n"
    assert out.strip() == str(home / "config.toml")


def test_config_path_works_with_a_broken_file(nextbar, nextbar_json, home):
    home.mkdir()
    (home / "config.toml").write_text("osc_port =")
    assert nextbar("config", "show")[0] == 1
    assert nextbar_json("config", "path")["config"] == str(home / "config.toml")


def test_models_list_and_info(nextbar, nextbar_json):
    engines = nextbar_json("models", "list")
    assert {engine["name"] for engine in engines} >= {"motif", "rules", "echo"}
    assert nextbar_json("models", "info", "echo")["commands"] == ["continue"]
    code, out, _ = nextbar("models", "info", "motif")
    assert code == 0
    assert "Apache-2.0" in out
    assert nextbar("models", "info", "nobody")[0] == 1


def test_doctor_reports_and_fails_on_a_fault(nextbar, nextbar_json, home, monkeypatch):
    monkeypatch.setenv("NEXTBAR_OSC_PORT", "0")
    monkeypatch.setenv("NEXTBAR_HTTP_PORT", "0")
    checks = nextbar_json("doctor")
    assert {check["state"] for check in checks} <= {"ok", "warn"}
    home.mkdir()
    (home / "config.toml").write_text("osc_port =")
    code, out, _ = nextbar("doctor")
    assert code == 1
    assert "checks failed" in out


def test_service_print_writes_nothing(nextbar, tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    code, out, _ = nextbar("service", "install", "--print")
    assert code == 0
    assert "bridge" in out
    assert not (tmp_path / "user").exists()
    assert nextbar("service", "install")[0] == 0
    assert nextbar("service", "status")[1].startswith("installed: ")
    assert nextbar("service", "uninstall")[0] == 0
    assert nextbar("service", "status")[1].startswith("absent: ")


def test_run_is_the_default_and_takes_every_setting_as_a_flag(nextbar, monkeypatch):
    started = []

    def run(settings, announce):
        announce("listening")
        started.append(settings)
        return 3

    monkeypatch.setattr("bridge.app.run", run)
    assert nextbar("--osc-port", 5, "--allow-remote", "--token", "x", "--host", "0.0.0.0") == (
        3,
        "listening\n",
        "",
    )
    assert nextbar("run", "--queue-depth", "2")[0] == 3
    assert nextbar()[0] == 3
    assert [s.osc_port for s in started] == [5, 9311, 9311]
    assert (started[0].allow_remote, started[1].queue_depth) == (True, 2)
    code, _, err = nextbar("run", "--osc-port", "x")
    assert code == 2
    assert "osc_port must be" in err


def test_help_of_a_verb_either_way(capsys):
    texts = []
    for words in (["help", "takes", "list"], ["takes", "list", "--help"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "--limit" in texts[0]
