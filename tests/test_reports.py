# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest

from bridge.errors import BadMessage, StorageFailed, TooLarge
from bridge.reports import KEPT, MAX_CHARACTERS, Reports


@pytest.fixture
def clock():
    times = iter(range(1_700_000_000, 1_700_000_000 + 1000))
    return lambda: next(times)


def test_a_report_is_a_file_of_its_own(tmp_path, clock):
    reports = Reports(tmp_path / "reports", clock)
    first, second = reports.file("selftest", '{"a": 1}'), reports.file("selftest", '{"a": 2}')
    assert [json.loads(Path(path).read_text())["a"] for path in (first, second)] == [1, 2]


def test_the_newest_reports_stay(tmp_path, clock):
    reports = Reports(tmp_path, clock)
    paths = [reports.file("selftest", "{}") for _ in range(KEPT + 3)]
    assert len(list(tmp_path.iterdir())) == KEPT
    assert (tmp_path / paths[-1]).exists()


@pytest.mark.parametrize("name", ["", "../selftest", "a/b", "a" * 41, "a.json"])
def test_a_name_can_not_lead_elsewhere(name, tmp_path, clock):
    with pytest.raises(BadMessage, match="name"):
        Reports(tmp_path, clock).file(name, "{}")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_json_of_bounded_size(tmp_path, clock):
    reports = Reports(tmp_path, clock)
    with pytest.raises(BadMessage, match="JSON"):
        reports.file("selftest", "{")
    with pytest.raises(TooLarge):
        reports.file("selftest", " " * (MAX_CHARACTERS + 1))


def test_a_folder_that_can_not_be_written_is_named(tmp_path, clock):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="reports"):
        Reports(tmp_path / "file", clock).file("selftest", "{}")
