# SPDX-License-Identifier: Apache-2.0
import pytest
import tiny_hub

FILES = {"config.json": b"{}", "model.safetensors": b"weights"}


@pytest.fixture
def hub(monkeypatch):
    with tiny_hub.serving(FILES) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


def test_the_licence_stands_before_the_first_byte(nextbar, hub):
    code, _, err = nextbar("models", "fetch", "musicgen-small")
    assert code == 2
    assert "CC-BY-NC-4.0" in err
    assert "accept-licence" in err
    assert hub.asked == []


def test_a_model_is_fetched_and_listed(nextbar, nextbar_json, hub):
    before = {row["model"]: row["here"] for row in nextbar_json("models", "fetch")}
    assert not before["musicgen-small"]
    assert len(before) == 10
    code, out, _ = nextbar("models", "fetch", "facebook/musicgen-small", "--accept-licence")
    assert code == 0
    assert "musicgen-small is here" in out
    after = {row["model"]: row["here"] for row in nextbar_json("models", "fetch")}
    assert after["musicgen-small"]
    assert "musicgen-small" in nextbar("models", "fetch")[1]


def test_an_unknown_model_is_a_mistake_of_the_line(nextbar, hub):
    code, _, err = nextbar("models", "fetch", "musicgen-huge", "--accept-licence")
    assert code == 2
    assert "musicgen-large" in err
