"""Decides why a script cannot be played on what a run has."""

from conformance.peers.cast import Cast
from conformance.peers.scene import Needs, Scene
from conformance.peers.venues.registry import VENUES
from conformance.spec.platforms import UNSHOWN


def obstacle(scene: Scene, cast: Cast) -> str | None:
    """Why this script cannot be played here; None where it can."""
    needs = scene.needs
    lacking = _lacking(scene, cast) if cast.subject.shared else None
    if (lacking := lacking or _unshown(needs)) is not None:
        return lacking
    if cast.permission.live and needs.fuzz:
        return "needs a simulated or a paper platform: a live one is not fuzzed"
    if cast.guarded and needs.hostile:
        return "needs a simulated platform: it could overload a shared account"
    if cast.guarded and needs.orders and not cast.bounded:
        return "needs --gateway-symbols and --gateway-max-notional"
    named = cast.guarded or bool(cast.symbols)
    if named and needs.symbols > len(cast.symbols):
        return f"needs {needs.symbols} symbols: name them with --gateway-symbols"
    return None


def _lacking(scene: Scene, cast: Cast) -> str | None:
    """What one Gateway that runs already does not give a script."""
    needs = scene.needs
    if needs.command:
        asked = (
            " ".join(f"{k}=…" for k in needs.environment) or "an instance of its own"
        )
        return f"needs --gateway-cmd ({asked})"
    if needs.engine and cast.engine is None:
        return "needs --gateway-cmd, or --gateway-engine and a Gateway pointed at it"
    if needs.alone and not cast.clean:
        return "needs an account with no orders and no positions at the start"
    return None


def _unshown(needs: Needs) -> str | None:
    """What a script is about that this broker cannot be played to show."""
    if not needs.venue:
        return None
    missing = needs.abilities - VENUES[needs.venue].can
    if not missing:
        return None
    told = " and ".join(sorted(missing))
    return f"{needs.venue} {UNSHOWN} {told}"
