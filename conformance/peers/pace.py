"""How long a script waits for what may come, and for what must not."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """How long waits last, in seconds; mutants of an instant reference wait less."""

    patience: float = 4.0
    """For what must come."""
    quiet: float = 0.8
    """For what must not come on its own."""
    answer: float = 10.0
    """For the whole answer to a request."""
    fault: float = 60.0
    """For an answer that says that the venue never gave one."""
    heartbeat: float = 65.0
    """For a ping message of a Gateway whose documents do not say how often."""
    ending: float = 10.0
    """For a Gateway that was asked to end: what docker stop waits."""
