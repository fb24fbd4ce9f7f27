"""Who wears a terminal, as far as a replay asks: its identity, and what the lawful gate will say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from guitu.sim.identity import Identity, identity_of

#: A device's own time is believed this far back and ahead of the time received (ARCHITECTURE).
_CREDIBLE_BACK = timedelta(days=30)
_CREDIBLE_AHEAD = timedelta(seconds=600)


@dataclass(frozen=True, slots=True)
class Wearer:
    """A device of the register. ``spans`` are the half-open UTC times in which its positions are
    lawful: worn, under an order in force."""

    terminal: str
    identity: Identity
    worn: bool
    spans: tuple[tuple[datetime, datetime], ...]

    def doubts(self, first: datetime, last: datetime, *, now: datetime) -> list[str]:
        """Sentences on what of a trail from ``first`` to ``last`` will be refused."""
        if not self.worn:
            return [f"Nobody wears {self.terminal}: its fixes will be refused and only counted."]
        if not now - _CREDIBLE_BACK <= last <= now + _CREDIBLE_AHEAD:
            first = last = now  # judged by the time received
        if any(since <= first and last < until for since, until in self.spans):
            return []
        return [
            f"Not all of {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC lies within a "
            "monitoring order and a wearing: fixes outside will be refused and only counted."
        ]


def wearer_of(device: str) -> Wearer | None:
    """The device with this terminal number, asset number or id; None when there is none.

    Needs the database; sets Django up.
    """
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    django.setup()

    from guitu.people.queries import order_windows
    from guitu.tracking.models import Device, Wearing
    from guitu.wire.envelope import canonical

    devices = Device.objects.all()
    found = None
    if device.isascii() and device.isdigit():
        found = devices.filter(terminal=canonical(device)).first()
    found = found or devices.filter(asset_number=device).first()
    if found is None and device.isascii() and device.isdigit() and len(device) < 10:
        found = devices.filter(pk=int(device)).first()
    if found is None:
        return None
    shown = identity_of(found.terminal)
    identity = replace(
        shown,
        maker=found.maker or shown.maker,
        hardware=found.hardware or shown.hardware,
        imei=found.imei or shown.imei,
    )
    now = datetime.now(UTC)
    since, until = now - _CREDIBLE_BACK, now + timedelta(days=1)
    why = "a replay on the host says what the lawful gate will refuse"
    wearings: Any = Wearing.objects
    worn = list(wearings.unscoped(why).filter(device=found, since__lt=until))
    worn = [w for w in worn if w.until is None or w.until > since]
    orders = order_windows(since, until) if worn else []
    spans = []
    for wearing in worn:
        for order in orders:
            if order.case_id == wearing.case_id:
                begin = max(wearing.since, order.since)
                end = min(wearing.until or until, order.until)
                if begin < end:
                    spans.append((begin, end))
    return Wearer(found.terminal, identity, bool(worn), tuple(_joined(spans)))


def _joined(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans that touch as one: an extension carries on where the order before it ends."""
    out: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out
