"""Whether a Gateway that fell silent is gone, and how that is written down."""

from conformance.evidence.entry import Kind, Party
from conformance.peers.played import Played

BROKEN = frozenset({"broken", "refused"})
"""Ways of getting no answer that an old connection may be to blame for."""

HUNG_SECONDS = 3.0
"""How long the probe of a Gateway that is there may take."""


async def is_gone(strategy: Played, dying: float) -> bool:
    """Whether the instance has ended, within so many seconds, or answers no probe."""
    instance = strategy.instance
    if instance.ours and await instance.ended(dying):
        return True
    reply = await strategy.get("/livez", seconds=HUNG_SECONDS)
    if reply.lost in BROKEN:
        reply = await strategy.get("/livez", seconds=HUNG_SECONDS)
    return bool(reply.lost)


def tell_death(strategy: Played) -> None:
    """Writes down that the instance ended without being asked to."""
    instance = strategy.instance
    strategy.recorder.add(
        Party.GATEWAY,
        Kind.PROCESS,
        event="died",
        status=instance.exit_status,
        detail="\n".join(instance.log[-20:]),
    )
