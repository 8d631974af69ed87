"""A stored report is verified, compared, written anew and joined; no altered one is."""

import json
import shutil
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict
from conformance.plugin.ending import today
from conformance.readiness.assembly import assemble
from conformance.readiness.stored import read_readiness
from conformance.readiness.waivers import read_waivers
from conformance.report.bundle import write_bundle
from conformance.spec.catalogue import load_catalogue
from conformance.suite.check import SuiteModule
from fixtures.playing import embedded, modules_named, play_now
from fixtures.records import PAPER, record
from fixtures.serving import serving

Output = pytest.CaptureFixture[str]
SAFETY = "ORD-42"
"""It may not be waived; CON-40 may."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GATEWAY_API_KEY", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def played() -> RunRecord:
    """A part of a run on the reference Gateway, with its transcripts."""
    modules: tuple[SuiteModule, ...] = modules_named(("cancel",))
    found = play_now(modules, embedded())
    return of_today(record(found.outcomes, found.transcripts, subject=PAPER))


def of_today(run: RunRecord) -> RunRecord:
    """A run that has not expired."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return replace(run, started=now)


def keep(run: RunRecord, folder: Path) -> Path:
    """The run's folder beneath `folder`."""
    return write_bundle(assemble(run, (), today()), run, folder).parent


def judged(run: RunRecord, *outcomes: Outcome) -> RunRecord:
    return replace(run, outcomes=(*run.outcomes, *outcomes))


def bad(requirement: str, sentence: str = "It did.") -> Outcome:
    return Outcome(
        requirement,
        "a_check",
        "cancel",
        Verdict.VIOLATED,
        "",
        (Finding(sentence, (1,)),),
        transcript="cancel",
    )


def alter(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    told["readiness"]["verdict"] = "READY"
    path.write_text(json.dumps(told), encoding="utf-8")


# --- verify ---


def test_a_report_on_the_gateway_that_runs_still_holds(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    with serving() as url:
        assert main(["verify", str(keep(played, folder)), "--gateway-url", url]) == 1
        told = capsys.readouterr().out
        assert "CHANGED       Gateway: 1.2.3 abc1234 was judged, " in told
        assert "run again: pytest --gateway-url" in told
        now = told.split("was judged, ")[1].split(" is there now")[0]
        version, _, sha = now.partition(" ")
        subject = replace(PAPER, version=version, git_sha=sha)
        kept = keep(replace(played, subject=subject), folder)
        status = main(["verify", str(kept / "readiness.json"), "--gateway-url", url])
    told = capsys.readouterr().out
    assert f"holds         Gateway: {now}" in told
    assert "CHANGED" not in told
    # Only a report that names its last day can hold in everything.
    assert status == (0 if read_readiness(kept).validity else 5)


def test_what_was_not_looked_at_ends_with_status_5(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    assert main(["verify", str(keep(played, folder))]) == 5
    told = capsys.readouterr().out
    assert "not looked at Gateway: 1.2.3 abc1234: give --gateway-url" in told
    assert told.endswith("not everything that it is bound to was looked at\n")


def test_a_report_that_was_altered_by_hand_is_noticed(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    kept = keep(played, folder)
    alter(kept / "readiness.json")
    assert main(["verify", str(kept)]) == 1
    told = capsys.readouterr().out
    assert "CHANGED       report: it was altered after it was written" in told


def test_a_transcript_that_was_altered_or_is_away_is_noticed(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    kept = keep(played, folder)
    path = kept / "transcripts" / "cancel.jsonl"
    path.write_text(path.read_text().replace("AAPL", "MSFT") + " ")
    assert main(["verify", str(kept)]) == 1
    assert "transcripts/cancel.jsonl was altered" in capsys.readouterr().out
    path.unlink()
    assert main(["verify", str(kept)]) == 1
    assert "transcripts/cancel.jsonl is missing" in capsys.readouterr().out
    shutil.rmtree(kept / "transcripts")
    assert main(["verify", str(kept)]) == 5
    assert "noted         transcripts: they are not beside it" in (
        capsys.readouterr().out
    )


def test_another_strategy_is_noticed(folder: Path, capsys: Output) -> None:
    program = folder / "strategy.py"
    program.write_text("print(1)\n")
    command = f"{sys.executable} strategy.py"
    subject = replace(PAPER, kind="strategy", address=command, digest="0" * 64)
    kept = keep(of_today(record(subject=subject)), folder)
    words = ["verify", str(kept), "--strategy-cmd", command]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "CHANGED       strategy: 000000000000 was judged, " in told


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["absent"], "absent: No such file"),
        (["RUN", "--gateway-url", "http://127.0.0.1:9"], "no Gateway can be reached"),
        (["RUN", "--gateway-url", "ftp://a"], "--gateway-url ftp://a: only http"),
        (["RUN", "--strategy-cmd", "no-such-thing"], "--strategy-cmd no-such-thing"),
    ],
)
def test_what_cannot_be_verified_is_one_line_and_status_4(
    played: RunRecord, folder: Path, capsys: Output, words: list[str], line: str
) -> None:
    kept = str(keep(played, folder))
    assert main(["verify", *(kept if w == "RUN" else w for w in words)]) == 4
    told = capsys.readouterr().err
    assert told.startswith(f"conformance: {line}")
    assert told.count("\n") == 1


@pytest.mark.parametrize("health", ["[]", "nonsense"])
def test_what_answers_and_is_no_gateway_is_one_line_and_status_4(
    played: RunRecord, folder: Path, capsys: Output, health: str
) -> None:
    (folder / "health").write_text(health)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        kept = str(keep(played, folder))
        assert main(["verify", kept, "--gateway-url", url]) == 4
        server.shutdown()
    assert "its health is no JSON object" in capsys.readouterr().err


def test_a_report_whose_seal_was_taken_off_does_not_hold(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    kept = keep(played, folder)
    path = kept / "readiness.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    del told["integrity"]
    path.write_text(json.dumps(told), encoding="utf-8")
    assert main(["verify", str(kept)]) == 5
    assert "not looked at report: it has no digest" in capsys.readouterr().out


# --- diff ---


def test_nothing_worse_is_status_0_and_something_worse_1(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    good = keep(played, folder)
    worse = keep(judged(played, bad(SAFETY)), folder)
    assert main(["diff", str(worse), str(good)]) == 0
    assert "better   requirement ORD-42: violated -> " in capsys.readouterr().out
    assert main(["diff", str(good), str(worse / "readiness.json")]) == 1
    first, *_, counts = capsys.readouterr().out.splitlines()
    assert first.startswith("WORSE    ")
    assert " of them worse; " in counts


def test_reports_on_other_things_are_refused_but_for_anyway(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    one = str(keep(played, folder))
    subject = replace(PAPER, kind="strategy", digest="0" * 64)
    other = str(keep(of_today(record(subject=subject)), folder))
    assert main(["diff", one, other]) == 4
    told = capsys.readouterr().err
    assert "the subject is another: gateway, strategy (--anyway)" in told
    assert told.count("\n") == 1
    assert main(["diff", one, other, "--anyway"]) in (0, 1)
    assert capsys.readouterr().out.startswith("note: the subject is another")


# --- report ---


def test_every_format_is_what_the_run_left(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    kept = keep(judged(played, bad(SAFETY)), folder)
    names = {
        "md": "readiness.md",
        "junit": "junit.xml",
        "badge": "badge.json",
        "json": "readiness.json",
        "html": "readiness.html",
    }
    for form, name in names.items():
        assert main(["report", str(kept), "--format", form]) == 0
        written = (kept / name).read_text(encoding="utf-8")
        assert capsys.readouterr().out.strip() == written.strip()


def test_a_report_without_its_transcripts_is_still_a_page(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    kept = keep(played, folder)
    shutil.rmtree(kept / "transcripts")
    assert main(["report", str(kept), "--format", "html"]) == 0
    assert "<html" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["--format", "json"], ["--format", "html"], ["--merge"], ["--waiver-template"]],
)
def test_an_altered_report_is_not_written_anew(
    played: RunRecord, folder: Path, capsys: Output, words: list[str]
) -> None:
    kept = keep(played, folder)
    alter(kept / "readiness.json")
    assert main(["report", str(kept), *words]) == 4
    assert "it was altered after it was written" in capsys.readouterr().err


def test_runs_of_two_jobs_become_one_with_the_worst_of_both(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    one = keep(judged(played, bad("CON-40", "One.")), folder)
    other = keep(judged(played, bad("CON-40", "Other."), bad(SAFETY)), folder)
    words = ["report", "--merge", str(one), str(other)]
    assert main([*words, "--conformance-report-dir", "joined"]) == 1
    told = capsys.readouterr().out
    assert "VIOLATED CON-40" in told
    found = read_readiness(folder / "joined" / "latest")
    shown = {r.id: r for r in found.requirements}
    assert [f.sentence for f in shown["CON-40"].findings] == ["One.", "Other."]
    assert shown[SAFETY].findings[0].transcript == "transcripts/cancel-2.jsonl"
    kept = {p.name for p in (folder / "joined" / "latest" / "transcripts").iterdir()}
    assert {"cancel.jsonl", "cancel-2.jsonl"} <= kept
    assert main(["judge", "joined/latest"]) in (0, 5)


def test_a_run_that_was_joined_with_itself_told_each_finding_twice(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    one = str(keep(played, folder))
    assert main(["report", "--merge", one, f"{one}/../{Path(one).name}"]) == 4
    assert "one run is named twice" in capsys.readouterr().err


def test_runs_on_other_gateways_are_not_joined(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    one = str(keep(played, folder))
    subject = replace(PAPER, version="9")
    other = str(keep(replace(played, subject=subject), folder))
    assert main(["report", "--merge", one, other]) == 4
    assert "another Gateway version" in capsys.readouterr().err


def test_several_folders_want_merge(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    one = str(keep(played, folder))
    assert main(["report", one, one, "--format", "md"]) == 4
    assert "more than one folder only with --merge" in capsys.readouterr().err


def waivers_in(text: str, folder: Path) -> Iterable[str]:
    path = folder / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return [w.requirement for w in read_waivers(path)]


def test_a_template_waives_what_may_be_and_names_what_may_not(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    hostile = (
        'It said "x"\\ \x00\x1b[31m\u2028 and 123e4567-e89b-42d3-a456-426614174000'
    )
    kept = keep(judged(played, bad("CON-40", hostile), bad(SAFETY)), folder)
    assert main(["report", str(kept), "--waiver-template"]) == 0
    text = capsys.readouterr().out
    assert waivers_in(text, folder) == ["CON-40"]
    assert f"#   {SAFETY}" in text
    assert "123e4567" not in text
    (waiver,) = read_waivers(folder / "waivers.toml")
    assert waiver.owner == "your name"
    assert 'It said "x"\\' in waiver.reason


def test_a_run_without_violations_makes_a_template_without_waivers(
    played: RunRecord, folder: Path, capsys: Output
) -> None:
    assert main(["report", str(keep(played, folder)), "--waiver-template"]) == 0
    assert waivers_in(capsys.readouterr().out, folder) == []


def test_the_example_waives_only_what_may_be_waived() -> None:
    shipped = Path(__file__).parents[2] / "fixtures" / "waivers"
    (path,) = shipped.glob("*.toml")
    found = read_waivers(path)
    known = {r.id: r for r in load_catalogue()}
    assert found
    assert not [w.requirement for w in found if known[w.requirement].safety]
    assert {w.owner for w in found} == {"your name"}
    assert all(len(w.reason) > 20 for w in found)
