# SPDX-License-Identifier: Apache-2.0
import sys

import pytest

from bridge.config import load_settings
from bridge.errors import BadConfig
from bridge.settings import Settings, default_toml, keys, variable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path))
    return tmp_path / "config.toml"


def test_defaults_without_any_source(config):
    settings = load_settings({}, {})
    assert settings == Settings()
    assert set(settings.origins.values()) == {"default"}
    assert settings.takes_path() == config.parent / "takes"


def test_flags_win_over_environment_over_file_over_default(config):
    config.write_text("osc_port = 1001\nhttp_port = 1001\nqueue_depth = 3\n")
    environ = {"NEXTBAR_OSC_PORT": "1002", "NEXTBAR_HTTP_PORT": "1002", "PATH": "/bin"}
    settings = load_settings({"osc_port": "1003", "token": None}, environ)
    assert (settings.osc_port, settings.http_port, settings.queue_depth) == (1003, 1002, 3)
    assert settings.origins["osc_port"] == "flag --osc-port"
    assert settings.origins["http_port"] == "environment NEXTBAR_HTTP_PORT"
    assert settings.origins["queue_depth"] == f"file {config}"
    assert settings.origins["token"] == "default"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('osc_port = "9311"', "osc_port"),
        ("osc_port = true", "osc_port"),
        ("osc_port = 70000", "osc_port"),
        ("osc_port = 1.5", "osc_port"),
        ('allow_remote = "yes"', "allow_remote"),
        ("token = 5", "token"),
        ('log_level = "loud"', "log_level"),
        ("keep_alive_s = nan", "keep_alive_s"),
        ('engines = "a.b"', "engines.a.b"),
        ("engines = 5", "engines"),
        ('[engines]\n"a.b:C" = 3', "engines.a.b:C"),
    ],
)
def test_wrong_values_in_the_file_name_key_and_file(config, text, where):
    config.write_text(text)
    with pytest.raises(BadConfig) as caught:
        load_settings({}, {})
    assert caught.value.where == where
    assert str(config) in caught.value.message
    assert caught.value.code == "bad_config"


def test_an_unknown_key_gets_the_nearest_name(config):
    config.write_text("ocs_port = 9311")
    with pytest.raises(BadConfig, match=r"did you mean osc_port\?"):
        load_settings({}, {})


def test_an_unknown_variable_is_an_error_and_foreign_ones_are_not(config):
    load_settings({}, {"OTHER_OSC_PRT": "1", "NEXTBAR_HOME": "x", "NEXTBAR_TOKEN": ""})
    with pytest.raises(BadConfig, match=r"did you mean osc_port.*NEXTBAR_OSC_PRT"):
        load_settings({}, {"NEXTBAR_OSC_PRT": "1"})


def test_broken_toml_names_file_and_line(config):
    config.write_text("osc_port = 1\nhttp_port =\n")
    with pytest.raises(BadConfig, match="line 2") as caught:
        load_settings({}, {})
    assert str(config) in caught.value.message


def test_a_file_that_was_named_must_exist(config, tmp_path):
    with pytest.raises(BadConfig, match=r"other\.toml can't be read"):
        load_settings({}, {}, tmp_path / "other.toml")


def test_a_byte_order_mark_does_no_harm(config):
    config.write_text("osc_port = 5\n", encoding="utf-8-sig")
    assert load_settings({}, {}).osc_port == 5


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "studio.local", "::"])
def test_other_hosts_need_permission_and_a_token(config, host):
    with pytest.raises(BadConfig, match="allow_remote"):
        load_settings({"host": host}, {})
    with pytest.raises(BadConfig, match="NEXTBAR_TOKEN"):
        load_settings({"host": host, "allow_remote": "on"}, {})
    settings = load_settings({"host": host, "allow_remote": "on"}, {"NEXTBAR_TOKEN": "s3cret"})
    assert settings.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.1.1"])
def test_this_machine_needs_neither(config, host):
    assert load_settings({"host": host}, {}).host == host


def test_engines_from_every_source(config):
    config.write_text('[engines]\n"a.b:C" = "/opt/old/python"\n')
    assert load_settings({}, {}).engines == {"a.b:C": "/opt/old/python"}
    environ = {"NEXTBAR_ENGINES": "x:Y=/py, z:W"}
    assert load_settings({}, environ).engines == {"x:Y": "/py", "z:W": ""}
    assert load_settings({"engines": "q:R"}, environ).engines == {"q:R": ""}


def test_the_default_file_changes_nothing_and_uncommented_gives_the_defaults(config):
    config.write_text(default_toml())
    assert tomllib.loads(default_toml()) == {}
    assert load_settings({}, {}) == Settings()
    live = [line[2:] for line in default_toml().splitlines() if " = " in line and line[0] == "#"]
    data = tomllib.loads("\n".join(line for line in live if "package" not in line))
    assert set(data) == {param.name for param in keys()}
    config.write_text("\n".join(line for line in live if "package" not in line))
    assert load_settings({}, {}) == Settings()


def test_every_default_is_within_its_own_range():
    for param in keys():
        assert param.coerce(param.default) == param.default
        assert variable(param.name).isupper()


def test_a_takes_folder_of_ones_own(config, tmp_path):
    chosen = load_settings({"takes_folder": str(tmp_path / "mine")}, {})
    assert chosen.takes_path() == tmp_path / "mine"
