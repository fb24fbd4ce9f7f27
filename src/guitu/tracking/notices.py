"""What the gateway tells of terminals, into the tables: quarantine, conflicts, presence, identity.

At least once: cumulative counts are set, never added, except the counts of refusals, of which a
second telling after a crash counts twice rather than not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

from django.db import connection, transaction

from guitu.tracking.ingest import RefusalRow
from guitu.tracking.models import (
    Conflict,
    Device,
    DeviceStatus,
    Quarantine,
    Refusal,
    RefusalReason,
)
from guitu.wire import envelope
from guitu.wire.envelope import Claim, Notice

_REASONS: dict[envelope.RefusalReason, RefusalReason] = {
    envelope.RefusalReason.BLOCKED: RefusalReason.BLOCKED,
    envelope.RefusalReason.NO_LAWFUL_SPAN: RefusalReason.NO_ORDER,
}
assert set(_REASONS) == set(envelope.RefusalReason), "every reason needs a word"


def _at(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _text(value: str | None, length: int) -> str:
    """What a stranger claims, fit for a column: PostgreSQL takes no NUL."""
    return (value or "").replace("\0", "")[:length]


def apply(notices: Sequence[Notice]) -> None:
    """Write all notices in one transaction, in their order."""
    with transaction.atomic():
        for notice in notices:
            match notice:
                case envelope.Quarantined():
                    _quarantined(notice)
                case envelope.Conflict():
                    _conflict(notice)
                case envelope.Refused():
                    _refused(notice)
                case envelope.Presence():
                    _presence(notice)
                case envelope.Identified():
                    _identified(notice)
                case envelope.Started():
                    _started(notice)
                case _:
                    assert_never(notice)


def _claim(claim: Claim) -> dict[str, str]:
    return {
        "maker": _text(claim.manufacturer, 40),
        "model": _text(claim.model, 40),
        "hardware": _text(claim.hardware, 40),
        "imei": _text(claim.imei, 20),
        "firmware": _text(claim.firmware, 60),
    }


def _quarantined(notice: envelope.Quarantined) -> None:
    if Device.objects.filter(terminal=notice.terminal).exists():
        return  # admitted in the meantime
    last = _at(notice.last_seen_ms)
    values = {
        "gateway": _text(notice.gateway, 80),
        "last_seen_at": last,
        "messages": notice.messages,
        "reports": notice.reports,
        "connected": notice.connected,
        **_claim(notice.claim),
    }
    row, made = Quarantine.objects.get_or_create(
        terminal=_text(notice.terminal, 32),
        address=_text(notice.address, 64),
        defaults=values | {"first_seen_at": _at(notice.first_seen_ms)},
    )
    if not made:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))


def _conflict(notice: envelope.Conflict) -> None:
    device = Device.objects.filter(pk=notice.device).first() if notice.device else None
    values = {
        "device": device,
        "gateway": _text(notice.gateway, 80),
        "last_seen_at": _at(notice.last_seen_ms),
        "count": notice.count,
        "rightful_address": _text(notice.rightful_address, 64),
        "shown": _claim(notice.claim),
    }
    Conflict.objects.update_or_create(
        terminal=_text(notice.terminal, 32),
        address=_text(notice.address, 64),
        kind=int(notice.kind),
        defaults=values,
        create_defaults=values | {"first_seen_at": _at(notice.first_seen_ms)},
    )


def _refused(notice: envelope.Refused) -> None:
    row = RefusalRow(notice.device, _at(notice.last_ms), _REASONS[notice.reason], notice.count)
    Refusal(
        device_id=row.device, received_at=row.received, reason=row.reason, count=row.positions
    ).save(force_insert=True)


def _presence(notice: envelope.Presence) -> None:
    with connection.cursor() as cursor:
        # Of two notices out of order the later one counts.
        cursor.execute(
            "INSERT INTO tracking_devicestatus AS s (device_id, connected, connected_at, address,"
            " gateway) SELECT d.id, %s, %s, %s, %s FROM tracking_device d WHERE d.id = %s"
            " ON CONFLICT (device_id) DO UPDATE SET connected = EXCLUDED.connected,"
            " connected_at = EXCLUDED.connected_at, address = EXCLUDED.address,"
            " gateway = EXCLUDED.gateway"
            " WHERE s.connected_at IS NULL OR s.connected_at <= EXCLUDED.connected_at",
            [
                notice.connected,
                _at(notice.at_ms),
                _text(notice.address, 64),
                _text(notice.gateway, 80),
                notice.device,
            ],
        )


def _started(notice: envelope.Started) -> None:
    """A gateway that begins has no connections: those it told of before its death are gone."""
    DeviceStatus.objects.filter(
        gateway=_text(notice.gateway, 80), connected=True, connected_at__lt=_at(notice.at_ms)
    ).update(connected=False, connected_at=_at(notice.at_ms))


def _identified(notice: envelope.Identified) -> None:
    device = Device.objects.filter(pk=notice.device).first()
    if device is None:
        return
    shown = _claim(notice.claim)
    changed = []
    # What identifies is pinned at first sight; an officer may change it. Firmware follows.
    for name in ("maker", "hardware", "imei", "model"):
        if shown[name] and not getattr(device, name):
            setattr(device, name, shown[name])
            changed.append(name)
    if shown["firmware"] and shown["firmware"] != device.firmware:
        device.firmware = shown["firmware"]
        changed.append("firmware")
    if changed:
        device.save(update_fields=changed)
