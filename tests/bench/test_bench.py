"""The benchmark works. What it measures is for people to read: nothing here depends on time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from activity.streaming.markdown import render
from bench.figures import Figure, table
from bench.load import Report
from bench.scenarios import delivered
from bench.tab import order_of
from bench.upstream import layout
from tests.studio import ROOT


@pytest.mark.stack
@pytest.mark.timeout(120)
def test_a_small_run_measures_and_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--tiny", "--json", str(out)]
    for name in ("streaming", "whole"):
        command += ["--only", name]

    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"ATELIER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    figures = {figure["name"]: figure for figure in json.loads(out.read_text())}
    assert [one["ok"] for name, one in figures.items() if "lost" in name] == [True, True]
    assert "uvicorn: 3 answers at 30 tokens/s: CPU per 1,000 tokens" in figures
    assert not (tmp_path / "bench").exists()


@pytest.mark.stack
@pytest.mark.timeout(240)
def test_a_few_posts_are_made_whole(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--tiny", "--only", "posts", "--json", str(out)]

    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"ATELIER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    assert [one["ok"] for one in figures if "lost" in one["name"]] == [True, True]


def test_every_word_of_the_mock_is_found_in_the_rendered_answer() -> None:
    text = "".join(f"w{index}:{index * 7}".join(layout(index)) for index in range(300))

    assert order_of(text) == list(range(300))
    assert order_of(render(text)) == list(range(300))


def test_words_are_counted_by_the_part_of_a_bucket_that_is_meant() -> None:
    report = Report(users=1, buckets={10: 4, 11: 6, 12: 8})

    assert delivered(report, 1.05, 1.2) == pytest.approx(2 + 6)


def test_a_figure_over_its_target_is_marked() -> None:
    figures = [Figure("a", 2, "s", 1), Figure("b", 3, "", 4, at_least=True), Figure("c", 5, "ms")]

    verdicts = [line.split()[-1] for line in table(figures).splitlines()[1:]]

    assert verdicts == ["over", "under", "ms"]
