"""Reads metrics as Prometheus's text exposition tells them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric, with its labels."""

    name: str
    labels: Mapping[str, str]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Exposition:
    """A whole answer: its samples, what is told of each name, lines not understood."""

    samples: tuple[Sample, ...]
    helps: Mapping[str, str]
    types: Mapping[str, str]
    strange: tuple[str, ...]

    def total(self, name: str, **labels: str) -> Decimal:
        """The sum of a metric over the samples that have these labels."""
        return sum(
            (
                s.value
                for s in self.samples
                if s.name == name
                and all(s.labels.get(k) == v for k, v in labels.items())
            ),
            Decimal(0),
        )


def read_metrics(text: str) -> Exposition:
    """The exposition that a text holds; what is no line of one is kept as strange."""
    samples: list[Sample] = []
    told: dict[str, dict[str, str]] = {"HELP": {}, "TYPE": {}}
    strange: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if line.startswith("#"):
            word, name, rest = [*line[1:].split(None, 2), "", "", ""][:3]
            told.get(word, {})[name] = rest
            continue
        sample = _sample(line)
        if sample is None:
            strange.append(line)
        else:
            samples.append(sample)
    return Exposition(tuple(samples), told["HELP"], told["TYPE"], tuple(strange))


def _sample(line: str) -> Sample | None:
    found = _SAMPLE.fullmatch(line.strip())
    if found is None:
        return None
    name, labels, value = found.groups()
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return Sample(name, dict(_LABEL.findall(labels or "")), number)
