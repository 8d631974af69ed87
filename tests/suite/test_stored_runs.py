"""What a run says of itself is taken from its report, and what it found is not."""

import shutil
from dataclasses import replace
from pathlib import Path

from conformance.report.json_report import NAME, json_text
from conformance.suite.stored_runs import recorded
from fixtures.report_signs import CLAIMS
from fixtures.sample import STORED, judged, stored


def test_what_the_gateway_claimed_is_read_back(tmp_path: Path) -> None:
    shutil.copytree(STORED, tmp_path / "transcripts")
    report = judged(stored())
    gateway = replace(report.identity.gateway, claims=CLAIMS)
    report = replace(report, identity=replace(report.identity, gateway=gateway))
    (tmp_path / NAME).write_text(json_text(report), encoding="utf-8")
    assert recorded(tmp_path).subject.capabilities == CLAIMS
