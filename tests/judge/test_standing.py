"""What a broker held, by what it filled until then."""

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.standing import held
from conformance.judge.venue import booked

FILLS = (("BUY", "5", "A"), ("SELL", "2", "A"), ("BUY", "7", "B"), ("SELL", "1", "A"))


def test_what_was_held_is_the_sum_of_the_symbols_fills_before() -> None:
    header = Header("s", "i", "oanda", "p", ("A", "B"), 1, "now")
    recorder = Recorder(header, iter(range(1000)).__next__)
    for side, fill, symbol in FILLS:
        facts = {"what": "filled", "order": "1", "side": side, "fill": fill}
        recorder.add(Party.VENUE, Kind.BOOKED, symbol=symbol, **facts)
    transcript = recorder.close(complete=True)
    *_, last = booked(transcript)
    assert held(transcript, "A", last.entry.number) == 3
    assert held(transcript, "A", last.entry.number + 1) == 2
