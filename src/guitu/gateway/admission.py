"""Who may speak: pure decisions from the register's entry and what the terminal shows."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum, auto

from guitu.wire.envelope import Claim, ConflictKind, DeviceEntry, DeviceState


class Standing(Enum):
    """What a connection is to the gateway."""

    UNKNOWN = auto()
    """Its number is not in the register: quarantine."""
    BLOCKED = auto()
    """Known and not to be heard."""
    STRANGER = auto()
    """The number is known, the terminal has not shown that it is the one."""
    ADMITTED = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The standing a terminal gets, and in what it conflicts with the register if it does."""

    standing: Standing
    conflict: ConflictKind | None = None


def by_number(entry: DeviceEntry | None) -> Verdict:
    """What a terminal is by its number alone, before it has shown anything."""
    if entry is None:
        return Verdict(Standing.UNKNOWN)
    match entry.state:
        case DeviceState.BLOCKED:
            return Verdict(Standing.BLOCKED)
        case DeviceState.ADMITTED:
            return Verdict(Standing.ADMITTED if entry.auth is None else Standing.STRANGER)


def by_registration(entry: DeviceEntry | None, claim: Claim, *, live: Claim | None) -> Verdict:
    """What a registration (0100) makes of it: STRANGER means it may have its code.

    ``live`` is what the terminal that is connected and admitted under this number at the moment
    said it is: who registers beside it must be the same, or it is shown another's code.
    """
    verdict = by_number(entry)
    if entry is None or verdict.standing in (Standing.UNKNOWN, Standing.BLOCKED):
        return verdict
    conflict = _differs(claim, manufacturer=entry.manufacturer, hardware=entry.hardware)
    if conflict is None and live is not None:
        conflict = _differs(claim, manufacturer=live.manufacturer, hardware=live.hardware)
    if conflict is not None:
        return Verdict(Standing.STRANGER, conflict)
    return verdict


def by_authentication(
    entry: DeviceEntry | None, code: str, claim: Claim, *, live: Claim | None
) -> Verdict:
    """What an authentication (0102) makes of it."""
    verdict = by_number(entry)
    if entry is None or verdict.standing in (Standing.UNKNOWN, Standing.BLOCKED):
        return verdict
    if entry.auth is not None and not hmac.compare_digest(entry.auth.encode(), code.encode()):
        return Verdict(Standing.STRANGER, ConflictKind.AUTH)
    pinned = entry.imei or (live.imei if live else None)
    if pinned and claim.imei and claim.imei != pinned:
        return Verdict(Standing.STRANGER, ConflictKind.IMEI)
    return Verdict(Standing.ADMITTED)


def _differs(
    claim: Claim, *, manufacturer: str | None, hardware: str | None
) -> ConflictKind | None:
    if manufacturer and claim.manufacturer != manufacturer:
        return ConflictKind.MANUFACTURER
    if hardware and claim.hardware != hardware:
        return ConflictKind.HARDWARE
    return None
