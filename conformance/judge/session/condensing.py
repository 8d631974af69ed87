"""Cuts a session down to what its rules are about: orders, trades, account, positions.

Of millions of prices those remain that an order was sent on, and one of each kind and
each fault. What remains is numbered anew; `data["entry"]` is its number in the session.
"""

from collections.abc import Iterator
from dataclasses import replace

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.session import OWN
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.session.folding import Story
from conformance.judge.session.requests import WRITES

FULL = 3000
"""Entries after which a record ends at the next moment with nothing under way."""

OVERFULL = 6000
RUN = "session"
TOLD = ("orders", "trades", "positions", "account")
"""Parts of a path whose answers are kept after each change of orders or positions."""


class Condenser:
    """Takes every entry of a session; `full` says when to take a record from it."""

    def __init__(self, header: Header, notes: dict[str, Json]) -> None:
        self._header = header
        self._notes = notes
        self._kept: dict[int, Entry] = {}
        self._open: dict[str, Entry] = {}
        self._torn = False
        self._waiting: dict[Json, tuple[Entry, bool]] = {}
        self._prices: dict[str, Entry] = {}
        self._since: dict[str, int] = {}
        self._takes = 0

    def take(self, entry: Entry, story: Story, keep: bool) -> None:
        """The next entry, and whether the story says that it belongs here."""
        if entry.kind is Kind.REQUEST:
            self._request(entry, keep)
        elif entry.kind in (Kind.RESPONSE, Kind.NO_RESPONSE):
            self._answer(entry, story, keep)
        elif entry.kind is Kind.MESSAGE:
            self._message(entry, story, keep)
        elif entry.kind in (Kind.OPENED, Kind.CLOSED):
            self._stream(entry)
        elif keep:
            if entry.data.get("name") == "stretch-began":
                # Names of streams and exchanges may begin anew with the tap.
                self._torn = bool(self._kept)
                self._open.clear()
                self._waiting.clear()
            self._kept[entry.number] = entry

    def _request(self, entry: Entry, keep: bool) -> None:
        self._waiting[entry.data["exchange"]] = entry, keep
        if keep and entry.data["method"] == "POST":
            for price in self._prices.values():
                self._kept[price.number] = price
            self._prices.clear()

    def _answer(self, entry: Entry, story: Story, keep: bool) -> None:
        request, kept = self._waiting.pop(entry.data["exchange"], (None, False))
        if request is None:
            return
        path = str(request.data["target"])
        if any(name in path for name in TOLD):
            kept = kept or self._since.get(path, -1) != story.changes
            self._since[path] = story.changes
            if len(self._since) > OVERFULL:
                self._since.clear()
        if keep or kept:
            self._kept[request.number] = request
            self._kept[entry.number] = entry

    def _message(self, entry: Entry, story: Story, keep: bool) -> None:
        if keep:
            self._kept[entry.number] = entry
        elif entry.party is Party.GATEWAY:
            self._passing(entry, story)

    def _passing(self, entry: Entry, story: Story) -> None:
        """A price, or what tells of account and positions after each change of them."""
        start = str(entry.data.get("text") or "")[:120]
        for kind in ("quote", "candle"):
            if f'"{kind}"' in start:
                self._prices[kind + _symbol(entry)] = entry
                return
        for kind in ("account", "position"):
            if f'"{kind}"' in start and self._since.get(kind, -1) != story.changes:
                self._since[kind] = story.changes
                self._kept[entry.number] = entry

    def _stream(self, entry: Entry) -> None:
        name = str(entry.data["stream"])
        if entry.kind is Kind.OPENED:
            self._open[name] = entry
        else:
            self._open.pop(name, None)
        self._kept[entry.number] = entry

    def full(self, story: Story) -> bool:
        """Whether a record should be taken now."""
        if self._torn:
            return True
        if len(self._kept) < FULL:
            return False
        quiet = not self._waiting and not any(
            o.live and o.kind == "MARKET" for o in story.orders.all[-20:]
        )
        return quiet or len(self._kept) >= OVERFULL

    def record(self, story: Story, whole: bool) -> Transcript:
        """What was kept since the last record; what is under way goes on after it."""
        self._takes += 1
        rows = sorted(self._kept.values(), key=lambda e: e.number)
        before = [
            e for e in self._open.values() if e.number < (rows[0].number if rows else 0)
        ]
        kept = (*self._told_first(), *self._dressed([*before, *rows]))
        numbered = tuple(replace(e, number=n) for n, e in enumerate(kept, 1))
        self._kept, self._torn = {}, False
        symbols = tuple(sorted(story.holdings.symbols))
        header = replace(self._header, take=self._takes, symbols=symbols)
        error = None if whole else "the record goes on"
        ending = Ending(whole, error, round(story.end - story.first, 6))
        return Transcript(header, numbered, ending)

    def _told_first(self) -> Iterator[Entry]:
        for name, facts in self._notes.items():
            data = {"text": name, "name": name, "facts": facts}
            yield Entry(0, 0.0, Party.SUITE, Kind.NOTE, data)

    def _dressed(self, rows: list[Entry]) -> Iterator[Entry]:
        """Entries as the rules want them: of one run, but for the suite's own."""
        own: set[Json] = set()
        for entry in rows:
            data = dict(entry.data)
            data["entry"] = entry.number
            data.setdefault("deliberate", False)
            if entry.kind is Kind.REQUEST and _is_own(entry):
                own.add(data["exchange"])
            theirs = entry.kind in (Kind.REQUEST, Kind.RESPONSE, Kind.NO_RESPONSE)
            if not (theirs and data["exchange"] in own) and entry.kind is not Kind.NOTE:
                data["run"] = RUN
            yield replace(entry, data=data)


def _is_own(entry: Entry) -> bool:
    """Whether the suite asked for it: the tap, or a script."""
    if entry.data.get("own"):
        return True
    write = entry.data["method"] in WRITES
    return write and f'"{OWN}' in str(entry.data.get("body") or "")


def _symbol(entry: Entry) -> str:
    text = str(entry.data.get("text"))
    return text.partition('"symbol"')[2][:40].partition(",")[0]
