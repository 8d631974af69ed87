"""Whether what a session tells holds together, and what nobody dealt with."""

from collections.abc import Iterator

from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.session.figures import mismatches
from conformance.judge.session.orders import SOON
from conformance.suite.session.check import ANY, Evidence, session_check

SHOWN = 10


@session_check("SES-12", occurs="something was said", kinds=ANY)
def every_message_has_its_form(evidence: Evidence) -> Iterator[Observation]:
    forms = evidence.story.forms
    if forms.seen:
        yield occurred()
    for told, entry in list(forms.faults.items())[:SHOWN]:
        yield finding(f"{told[:1].upper()}{told[1:]}.", entry, key=told)


@session_check(
    "SES-13",
    occurs="the stream told of fills, and positions were shown after them",
    kinds=ANY,
)
def fills_trades_and_positions_agree(evidence: Evidence) -> Iterator[Observation]:
    story = evidence.story
    heard = any(o.heard and o.fill_count for o in story.orders.all)
    if heard and story.holdings.compared:
        yield occurred()
    found = [m for m in mismatches(story) if not m[0].startswith("account: ")]
    for told, entry in found[:SHOWN]:
        yield finding(
            f"{told[:1].upper()}{told[1:]}.",
            entry,
            cause="Was the position changed elsewhere, at the broker say?",
        )


@session_check("SES-14", occurs="an order was sent", kinds=ANY, each=True)
def no_order_was_sent_twice(evidence: Evidence) -> Iterator[Observation]:
    doubles = evidence.story.doubles
    if doubles.compared:
        yield occurred()
    found = doubles.found()
    for told, entries in found[:SHOWN]:
        yield finding(
            f"{told[:1].upper()}{told[1:]}; both exist.",
            *entries,
            cause="Did it send anew where no answer came, without looking first?",
        )
    open_ = doubles.open()
    if open_ and not found:
        told, entries = open_[0]
        raise NotVerified(
            f"{told} (entries {', '.join(map(str, entries))}); nothing tells whether "
            "both exist"
        )


@session_check("SES-27", occurs="the strategy sent an order", kinds=ANY, each=True)
def no_error_is_left_unhandled(evidence: Evidence) -> Iterator[Observation]:
    story = evidence.story
    if story.doubles.compared:
        yield occurred()
    for trouble in story.troubles.unhandled(story.end)[:SHOWN]:
        after = "" if trouble.hopeless else ", and nothing was done about it"
        told = f"{trouble.sentence[:1].upper()}{trouble.sentence[1:]}"
        when = story.instant(trouble.at)
        yield finding(f"{told} at {when}{after}.", trouble.entry)
    for order in story.orders.sent():
        known = order.looked or not order.unknown
        if not known and order.sent and story.end - order.sent > SOON:
            yield finding(
                f"What became of the order {order.side} {order.quantity:f} "
                f"{order.symbol} was never found out.",
                order.entry,
                key="unknown order",
            )
