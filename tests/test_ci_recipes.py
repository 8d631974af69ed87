"""The CI recipes are YAML, and every command in them is one that there is."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli import DOORS
from conformance.plugin import FLAGS, LISTS, VALUES

RECIPES = Path(__file__).parent.parent / ".github" / "CI_RECIPES.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", RECIPES.read_text("utf-8"), re.M | re.S)
TAKE_A_VALUE = {f"--{row[0]}" for row in (*VALUES, *LISTS)}
TAKE_NONE = {f"--{row[0]}" for row in FLAGS}


def texts(value: Any) -> Iterator[str]:
    """Every shell line in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("run", "script", "before_script", "after_script"):
                yield from ([inner] if isinstance(inner, str) else inner)
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def commands(program: str) -> list[list[str]]:
    lines = [line for block in BLOCKS for line in texts(yaml.safe_load(block))]
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"{program} ")]


def test_every_block_is_a_document() -> None:
    assert len(BLOCKS) == 4
    for block in BLOCKS:
        assert isinstance(yaml.safe_load(block), dict | list)


def test_every_job_of_github_can_run() -> None:
    workflow = yaml.safe_load(BLOCKS[0])
    # A bare `on` is true in YAML 1.1.
    assert workflow[True]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"] <= 30
        assert set(job.get("needs", ())) <= set(workflow["jobs"])
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
        kept = [s for s in job["steps"] if "upload-artifact" in s.get("uses", "")]
        assert [s["if"] for s in kept] == ["always()"]


def test_every_job_of_gitlab_can_run() -> None:
    pipeline = yaml.safe_load(BLOCKS[-1])
    jobs = {k: v for k, v in pipeline.items() if isinstance(v, dict) and "stage" in v}
    assert jobs
    for job in jobs.values():
        assert job["stage"] in pipeline["stages"]
        assert job["extends"] in pipeline
        assert job["script"]
        assert set(job.get("needs", ())) <= set(jobs)
    assert pipeline[".conformance"]["artifacts"]["when"] == "always"


def test_the_gateway_is_pinned_and_can_be_reached() -> None:
    text = RECIPES.read_text(encoding="utf-8")
    images = re.findall(r"ghcr\.io/tektii/gateway:(\S+)", text)
    assert images
    assert not [tag for tag in images if tag.startswith("latest")]
    for block in (BLOCKS[0], BLOCKS[-1]):
        assert "GATEWAY_HOST: 0.0.0.0" in block


def test_every_pytest_option_is_one_of_ours() -> None:
    found = commands("pytest")
    assert found
    for words in found:
        left = list(words)
        while left:
            option = left.pop(0)
            assert option in TAKE_A_VALUE | TAKE_NONE, option
            if option in TAKE_A_VALUE:
                assert not left.pop(0).startswith("--")


@pytest.mark.parametrize("words", commands("conformance"), ids=" ".join)
def test_every_other_command_is_read_by_its_door(words: list[str]) -> None:
    door = next(door for door in DOORS if words[0] == door.NAME)
    parser = argparse.ArgumentParser(exit_on_error=False)
    door.declare(parser)
    assert parser.parse_args(words[1:])
