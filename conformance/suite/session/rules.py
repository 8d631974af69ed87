"""Which rules that hold for any script hold for a recorded session too."""

from conformance.suite.check import Check, SuiteModule
from conformance.suite.gateway import gateway_suite
from conformance.suite.strategy import strategy_suite

NOT_OF_SESSIONS = {
    "CON-74": "whether the broker below had answered is not recorded",
    "OPE-57": "the Gateway's process is not ours",
    "LED-16": "a broker's list of trades need not reach back to every order",
    "LED-62": "likewise",
    "LED-80": "it takes a fence, which the suite sets with an order of its own",
    "LED-81": "likewise",
    "STR-42": "likewise",
    "DUT-11": "the tap does not know which key the Gateway wants",
    "DUT-45": "leverage and the size of a contract are not told",
    "DUT-54": "what the strategy may go short of is told by scripts",
    "DUT-79": "what the strategy prints is not recorded",
}
"""Rules that a session cannot show, and why."""


def session_rules() -> SuiteModule:
    """The invariants of Gateways and strategies that are judged on a session."""
    return SuiteModule("", "", None, tuple(c for c in _all() if _holds(c)))


def _all() -> tuple[Check, ...]:
    suites = (gateway_suite(), strategy_suite())
    modules = (m for suite in suites for m in suite.modules if m.scene is None)
    return tuple(check for module in modules for check in module.checks)


def _holds(check: Check) -> bool:
    return check.invariant and check.requirement not in NOT_OF_SESSIONS
