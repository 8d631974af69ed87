"""Has schemathesis write requests for one operation, or sequences over all of them.

Its own checks are off: what an answer is worth is judged on the transcript.
"""

import tempfile
from collections.abc import Iterator
from typing import Any

import hypothesis.configuration
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from conformance.errors import SuiteFault
from conformance.peers.fuzz.course import STEPS, Case, Course


class Generation:
    """One run of schemathesis's engine; it blocks, so it has a thread of its own."""

    def __init__(self, course: Course, url: str) -> None:
        self._course = course
        self._url = url
        self._stopped = False
        self._stream: Any = None

    def stop(self) -> None:
        """Ends it after the request that it is at."""
        self._stopped = True
        if self._stream is not None:
            self._stream.stop()

    def run(self) -> tuple[Case, ...]:
        """Every case, in the order of asking; SuiteFault where it could not go on."""
        with tempfile.TemporaryDirectory(prefix="conformance-") as home:
            # It would keep what it learnt in a folder of the user's.
            hypothesis.configuration.set_hypothesis_home_dir(home)
            return tuple(self._cases())

    def _cases(self) -> Iterator[Case]:
        if self._stopped:
            return
        schema: Any = schemathesis.openapi.from_dict(
            dict(self._course.document), config=_config(self._course, self._url)
        )
        if self._course.operation is not None:
            schema = schema.include(name=self._course.operation)
        self._stream = from_schema(schema).execute()
        for event in self._stream:
            if isinstance(event, events.NonFatalError | events.FatalError):
                raise SuiteFault(f"schemathesis: {_told(event)}")
            if isinstance(event, events.ScenarioFinished):
                yield from _read(event)


def _config(course: Course, url: str) -> SchemathesisConfig:
    one = course.operation is not None
    more = course.examples > 0
    generation = {"database": "none", "max-examples": max(1, course.examples)}
    quiet = {"extra-data-sources": {"responses": False}}
    return SchemathesisConfig.from_dict(
        {
            "seed": course.seed,
            "base-url": url,
            "workers": 1,
            "continue-on-failure": True,
            "request-timeout": 120,
            "checks": {"enabled": False},
            # It would take words from the programs of whoever runs it.
            "analysis": {"constants": {"enabled": False}},
            "generation": generation,
            "phases": {
                "examples": {"enabled": one, "fill-missing": True, **quiet},
                "coverage": {"enabled": one, **quiet},
                "fuzzing": {
                    "enabled": one and more,
                    "error-feedback": {"enabled": False},
                    **quiet,
                },
                "stateful": {
                    "enabled": not one,
                    "max-steps": STEPS,
                    # What an operation makes of nonsense is shown by its own course.
                    "generation": {"mode": "positive", **generation},
                },
            },
        }
    )


def _read(event: events.ScenarioFinished) -> Iterator[Case]:
    for name, node in event.recorder.cases.items():
        meta = node.value.meta
        valid = meta is not None and meta.generation.mode.is_positive
        yield Case(name, event.phase.value, valid, node.parent_id)


def _told(event: events.NonFatalError | events.FatalError) -> str:
    fatal = isinstance(event, events.FatalError)
    error: Exception = getattr(event, "exception" if fatal else "value")
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
