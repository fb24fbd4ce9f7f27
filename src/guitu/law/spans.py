"""Half-open spans of civil dates, each with the reasons that hold in it.

A criterion over a case's life answers with spans: from a day (included) until a day (not
included, None for "still"). Validated, so that whoever reads them need not look for overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from guitu.law.reasons import Reason


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until): `holds` says whether the criterion is met; reasons say why not."""

    since: date
    until: date | None
    holds: bool
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"span {self.since} to {self.until} is empty: until comes after since")

    @classmethod
    def inclusive(
        cls, first_day: date, last_day: date, *, holds: bool, reasons: tuple[Reason, ...] = ()
    ) -> Span:
        """From two inclusive civil dates, as orders and terms give them."""
        return cls(first_day, last_day + timedelta(days=1), holds, reasons)

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans in order and without overlap; raises ValueError naming the two that clash."""

    items: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        for earlier, later in zip(self.items, self.items[1:], strict=False):
            if later.since < earlier.since:
                raise ValueError(f"spans out of order: {earlier.since} before {later.since}")
            if earlier.until is None or later.since < earlier.until:
                raise ValueError(
                    f"spans overlap: {earlier.since} to {earlier.until} and from {later.since}"
                )

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Spans:
        """Sorted by their first day, then validated."""
        return cls(tuple(sorted(spans, key=lambda span: span.since)))

    def at(self, day: date) -> Span | None:
        """The span that covers the day, if any."""
        return next((span for span in self.items if span.covers(day)), None)

    def holds(self, day: date) -> bool:
        """Whether the criterion is met on that day; a day no span covers is not."""
        span = self.at(day)
        return span is not None and span.holds

    def merged(self) -> Spans:
        """Neighbours that say the same, joined."""
        joined: list[Span] = []
        for span in self.items:
            last = joined[-1] if joined else None
            if (
                last is not None
                and last.until == span.since
                and (last.holds, last.reasons) == (span.holds, span.reasons)
            ):
                joined[-1] = Span(last.since, span.until, last.holds, last.reasons)
            else:
                joined.append(span)
        return Spans(tuple(joined))
