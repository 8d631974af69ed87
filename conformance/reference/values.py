"""How one value of a request's body is read, and what is wrong with it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from conformance.protocol.money import NotADecimal, decimal_of
from conformance.reference.failure import Failure, invalid

Word = TypeVar("Word", bound=StrEnum)
Body = Mapping[str, Any]

ID_LENGTH = 64
DIGITS = 28


class Values:
    """One method a kind of value."""

    def positive(self, name: str, value: Decimal | None) -> None:
        if value is not None and value <= 0:
            raise invalid(name, "above zero", value)

    def id_length(self, name: str, value: str | None) -> None:
        if value is not None and not 1 <= len(value) <= ID_LENGTH:
            raise invalid(name, f"1 to {ID_LENGTH} characters", value)

    def text(self, body: Body, name: str) -> str:
        value = self.optional_text(body, name)
        if value is None:
            raise Failure("INVALID_REQUEST", f"{name} is missing", {"field": name})
        return value

    def optional_text(self, body: Body, name: str) -> str | None:
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            raise Failure("INVALID_REQUEST", f"{name} is no string", {"field": name})
        return value

    def flag(self, body: Body, name: str) -> bool:
        value = body.get(name, False)
        if not isinstance(value, bool):
            raise Failure("INVALID_REQUEST", f"{name} is no boolean", {"field": name})
        return value

    def word(self, body: Body, name: str, words: type[Word]) -> Word:
        return self._word(name, self.text(body, name), words)

    def optional_word(self, body: Body, name: str, words: type[Word]) -> Word | None:
        value = self.optional_text(body, name)
        return None if value is None else self._word(name, value, words)

    def _word(self, name: str, value: str, words: type[Word]) -> Word:
        try:
            return words(self.spelling(value))
        except ValueError:
            allowed = ", ".join(words)
            raise Failure(
                "INVALID_REQUEST",
                f"{name} is {value!r}, not one of {allowed}",
                {"field": name},
            ) from None

    def spelling(self, value: str) -> str:
        """The public SDK spells words in lower case: that is taken, Mixed is not."""
        return value.upper() if value.islower() else value

    def needed_decimal(self, body: Body, name: str) -> Decimal:
        value = self.decimal(body, name)
        if value is None:
            raise Failure("INVALID_REQUEST", f"{name} is missing", {"field": name})
        return value

    def decimal(self, body: Body, name: str) -> Decimal | None:
        value = body.get(name)
        if value is None:
            return None
        try:
            number = decimal_of(value)
        except NotADecimal as error:
            raise Failure(
                "INVALID_REQUEST", f"{name}: {error}", {"field": name}
            ) from error
        if len(number.as_tuple().digits) > DIGITS:
            raise invalid(name, f"{DIGITS} digits at the most", value)
        return number
