"""What is judged is started from anywhere, and with no key of the user's."""

from pathlib import Path

import pytest

from conformance.settings import Settings
from conformance.suite.casting import from_anywhere
from conformance.suite.performance import Performance


def test_files_of_a_command_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("gateway", "gateway.py"):
        (tmp_path / name).touch()
    assert from_anywhere("./gateway -v") == f"{tmp_path}/gateway -v"
    assert from_anywhere("python gateway.py run") == f"python {tmp_path}/gateway.py run"
    assert from_anywhere("cargo run --name 'a b'") == "cargo run --name 'a b'"


def test_the_users_key_is_not_handed_to_instances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    script = tmp_path / "gateway.sh"
    script.write_text(f"#!/bin/sh\nenv > {seen}\n")
    monkeypatch.chdir(tmp_path)
    settings = Settings(gateway_cmd="sh gateway.sh", gateway_key="k" * 32)
    run = Performance(settings, {"PATH": "/bin:/usr/bin", "GATEWAY_API_KEY": "k" * 32})
    run.start()
    assert str(run.finish().error).endswith("gateway.sh' exited with status 0")
    assert "GATEWAY_API_KEY" not in seen.read_text()
