"""Nonsense on the stream: what is said, who is blamed, and what is no fault."""

from conformance.judge.verdict import Outcome, Verdict
from conformance.suite.fuzz.frames import FRAMES, TEXT, frame, in_pieces
from fixtures.gateways import mutants
from fixtures.playing import Played, embedded, modules_of, play_now


def mutant_played(name: str) -> Played:
    mutant = next(m for m in mutants() if m.name == name)
    return play_now(
        modules_of(mutant), embedded(mutant.gateway), examples=mutant.examples
    )


def violated(played: Played, requirement: str) -> Outcome:
    return next(
        o
        for o in played.outcomes
        if o.requirement == requirement and o.verdict is Verdict.VIOLATED
    )


def test_what_ended_the_gateway_is_named_alone() -> None:
    outcome = violated(mutant_played("ends-by-a-number"), "FUZ-12")
    told = outcome.findings[0].sentence
    assert "type-number was said" in told
    assert "only this was said to a fresh one" in told


def test_the_rest_is_said_to_a_fresh_gateway() -> None:
    (transcript,) = mutant_played("ends-by-a-number").transcripts
    assert transcript.ending.complete
    said = [e for e in transcript.entries if e.data.get("name") == "said"]
    assert said[-1].data["facts"]["case"] == FRAMES[-1].name


def test_a_frame_is_masked_and_tells_its_length() -> None:
    assert frame(TEXT, b"ab") == b"\x81\x82\x11\x22\x33\x44" + bytes([0x70, 0x40])
    assert frame(TEXT, b"x" * 200)[:4] == b"\x81\xfe\x00\xc8"
    assert frame(TEXT, b"x" * 70_000)[:10] == b"\x81\xff" + (70_000).to_bytes(8, "big")
    assert frame(TEXT, b"a", masked=False) == b"\x81\x01a"


def test_only_the_last_piece_ends_a_message() -> None:
    first = frame(TEXT, b"ab", fin=False)
    assert in_pieces(b"abc", 2) == first + frame(0, b"c")


def test_no_two_frames_are_called_the_same() -> None:
    assert len({each.name for each in FRAMES}) == len(FRAMES)
