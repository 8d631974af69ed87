"""Keeps the beginning of a body, unpacked and without keys, and how long it is."""

import zlib
from dataclasses import dataclass, field

from conformance.evidence.credentials import Credentials

BODY_KEPT = 64 * 1024
"""Characters of a body that are kept; of the rest only the length is."""

BEYOND = 4096
"""Bytes kept beyond that: a key at the edge is found whole, and then cut."""

CODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity", ""})


@dataclass(slots=True)
class Body:
    """What came of a body: its beginning, and how long it is."""

    most: int = BODY_KEPT
    kept: bytearray = field(default_factory=bytearray)
    length: int = 0

    def add(self, data: bytes) -> None:
        """Takes the next piece."""
        self.length += len(data)
        self.kept += data[: max(0, self.most + BEYOND - len(self.kept))]

    def text(self, coding: str, credentials: Credentials) -> tuple[str, int]:
        """The clean text, and how many bytes or characters of it were left out.

        Of what is packed in a way that nobody here can unpack, nothing is kept.
        """
        data, left_out = bytes(self.kept), self.length - len(self.kept)
        for each in reversed([part.strip() for part in coding.lower().split(",")]):
            if each not in CODINGS:
                return "", self.length
            if each not in ("", "identity"):
                data, packed = _unpacked(data, self.most + BEYOND)
                left_out += packed
        whole = data.decode("utf-8", "replace")
        text = credentials.text(whole)[: self.most]
        return text, max(0, len(whole) - self.most) + left_out


def _unpacked(data: bytes, most: int) -> tuple[bytes, int]:
    """What was packed, as far as it is kept, and how many bytes stay packed."""
    for bits in (47, -15):
        unpacking = zlib.decompressobj(bits)
        try:
            return unpacking.decompress(data, most), len(unpacking.unconsumed_tail)
        except zlib.error:
            continue
    return b"", len(data)
