"""Why a service did not do what it was asked: every reason at once, each by its field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from guitu.law.reasons import Reason


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with what was entered that no article is needed to see."""

    field: str
    text: str


class Refused(ValueError):
    """Nothing was written. ``reasons`` are law's, ``faults`` the entry's; ``str`` says them all."""

    def __init__(self, reasons: Iterable[Reason] = (), faults: Iterable[Fault] = ()) -> None:
        self.reasons = tuple(reasons)
        self.faults = tuple(faults)
        self.subject = ""
        super().__init__()

    def about(self, subject: str) -> Refused:
        """The same, naming the row that it is about, where many are written."""
        self.subject = subject
        return self

    def __str__(self) -> str:
        said = "；".join(
            [fault.text.rstrip("。") for fault in self.faults]
            + [in_words(reason) for reason in self.reasons]
        )
        return f"{self.subject}：{said}" if self.subject else said


def in_words(reason: Reason) -> str:
    """A reason in the language of the page."""
    return reason.en if (get_language() or "").startswith("en") else reason.zh


def refuse(field: str, text: str) -> Refused:
    """A refusal for one fault."""
    return Refused(faults=[Fault(field, str(text))])
