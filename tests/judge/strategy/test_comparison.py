"""Orders are compared as far as both runs go."""

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.strategy.comparison import adds, bar_to_enter, differ, reverses
from conformance.judge.strategy.runs import FOOTING, only_run

ENTRY = (5, "BUY", "MARKET", "X", "100")
EXIT = (9, "SELL", "MARKET", "X", "100")


def test_the_same_orders_do_not_differ() -> None:
    assert differ([ENTRY, EXIT], [ENTRY, EXIT], 0) is None


def test_another_bar_differs_unless_the_clock_paces() -> None:
    later = (7, *ENTRY[1:])
    assert "on bar 7 and not" in str(differ([later], [ENTRY], 0))
    assert differ([later], [ENTRY], 3) is None


def test_a_slightly_different_quantity_is_the_same() -> None:
    assert differ([(*ENTRY[:4], "101.5")], [ENTRY], 0) is None
    assert differ([(*ENTRY[:4], "50")], [ENTRY], 0) is not None


def test_missing_orders_differ() -> None:
    assert differ([ENTRY], [ENTRY, EXIT], 0) == "it placed 1 orders and not 2"


def transcript_of(*orders: tuple[int, str, str, str, str], bars: int = 0) -> Transcript:
    """A strategy that places these without faults, and is told so many bars."""
    header = Header("none", "none", "", "", (), 0, "")
    recorder = Recorder(header, lambda: 0.0, Redactor(()))
    facts = {"side": "BUY", "orders": [list(order) for order in orders]}
    recorder.note("how it trades", name=FOOTING, facts=facts)
    recorder.note("a mark", name="mark", facts={"run": "a"})
    for bar in range(bars):
        recorder.add(Party.GATEWAY, Kind.MESSAGE, run="a", text="{}", bar=bar)
    return recorder.close(complete=True)


def test_one_that_enters_and_leaves_neither_adds_nor_reverses() -> None:
    plain = transcript_of(ENTRY, EXIT)
    assert not adds(plain)
    assert not reverses(plain)


def test_a_second_entry_before_the_exit_adds() -> None:
    assert adds(transcript_of(ENTRY, ENTRY, EXIT))


def test_an_exit_of_twice_what_is_held_reverses() -> None:
    assert reverses(transcript_of(ENTRY, (*EXIT[:4], "200")))


def test_the_bar_to_enter_on_is_the_one_of_the_run_without_faults() -> None:
    told = transcript_of(ENTRY, EXIT, bars=8)
    found = bar_to_enter(only_run(told), 0)
    assert found is not None
    assert found.data["bar"] == ENTRY[0]


def test_no_bar_to_enter_on_is_left_after_the_last_entry() -> None:
    told = transcript_of(ENTRY, EXIT, bars=4)
    assert bar_to_enter(only_run(told), 0) is None
