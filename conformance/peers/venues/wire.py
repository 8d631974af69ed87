"""The wire of a played broker: every call is written down in words for all brokers."""

from abc import abstractmethod
from collections.abc import Mapping

from conformance.evidence.entry import Json
from conformance.peers.upstream import Asked, UpstreamServer
from conformance.peers.venues.words import Operation

ORDER_SHAPED = (Operation.SUBMIT, Operation.OTHER)
"""What may say what an order asks for: the order, or a question whether it would do."""


class VenueServer(UpstreamServer):
    """The wire of a broker; each broker says which operation a request is.

    Every call is written down with `operation`, and with `client_order_id` and `order`
    (the broker's id) where it names one, and an order with what it asks for in a
    Gateway's words (`meant`): so a check reads all brokers alike.
    """

    attempts = 0
    """How often a stream was asked for and not granted."""

    @abstractmethod
    def operation(self, method: str, target: str) -> Operation:
        """Which operation a request asks for."""

    def named(self, asked: Asked) -> Mapping[str, Json]:
        """`client_order_id` and `order` of a request, as far as it names them."""
        return {}

    def meant(self, asked: Asked) -> Mapping[str, Json]:
        """What an order asks for, in a Gateway's words: only what is said."""
        return {}

    def turned_away(self, stream: str, status: int | None) -> None:
        """Writes down that a stream was not granted; None: it was not answered."""
        answered = "left unanswered" if status is None else f"refused with {status}"
        self.attempts += 1
        self.recorder.note(
            f"a stream of the venue ({stream}) is {answered}",
            name="stream-refused",
            facts={"stream": stream, "status": status},
        )
        self.news.tell()

    def _operation(self, method: str, target: str) -> str:
        return str(self.operation(method, target))

    def _marks(self, asked: Asked) -> Mapping[str, Json]:
        request = asked.request
        found = self._operation(request.method, request.raw_path)
        marks = {"operation": found, **self.named(asked)}
        if found in ORDER_SHAPED and (said := self.meant(asked)):
            marks["meant"] = dict(said)
        return marks
