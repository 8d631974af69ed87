"""Tells what a run would send that could trade, rehearsed on the reference."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from conformance.evidence.exchange import exchanges
from conformance.peers.firewall import could_trade
from conformance.settings import EMBEDDED, Settings
from conformance.suite.performance import Performance
from conformance.suite.selection import Pair


def plan_lines(settings: Settings, pairs: Iterable[Pair]) -> Iterator[str]:
    """Every request that could trade, script by script; the subject gets none.

    Prices and ids are the reference Gateway's. On a platform that is no simulation the
    firewall keeps at home what is beyond the bounds.
    """
    if settings.judges_pair:
        yield "nothing: your Gateway is on an Engine of ours, and trades with nobody"
        return
    if settings.judges_strategy:
        yield "nothing: a strategy meets a Gateway that we play, and trades with nobody"
        return
    shared = settings.gateway_url is not None
    rehearsal = replace(
        settings,
        gateway_url=EMBEDDED if shared else None,
        gateway_cmd=None if shared else EMBEDDED,
        gateway_openapi=None,
    )
    run = Performance(rehearsal, {})
    run.select(pairs)
    run.begin()
    scripts = requests = 0
    for transcript in run.finish().transcripts:
        sent = [
            f"  {e.method} {e.target} {e.request.data.get('body') or ''}".rstrip()
            for e in exchanges(transcript)
            if could_trade(e.method, e.path)
        ]
        if sent:
            yield f"{transcript.name}: {len(sent)}"
            yield from sent
            scripts, requests = scripts + 1, requests + len(sent)
    yield (
        f"{requests} requests of {scripts} scripts could trade; this was a rehearsal "
        "on the embedded Gateway, and nothing was sent to yours"
    )
