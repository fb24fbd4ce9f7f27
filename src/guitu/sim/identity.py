"""What a simulated terminal says it is: a pure function of its number.

Whoever plays a terminal (the living city, a replayed trace, the load of a bench) shows the same
maker and hardware, so that the register's pinned identity holds for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

MAKER = "GUITU"
MODEL = "GT-SIM"
FIRMWARE = "1.0.0"
#: Type allocation code 00100xxx is of the test bodies (GSMA TS.06): no device on sale has it.
_TEST_TAC = "00100000"


@dataclass(frozen=True, slots=True)
class Identity:
    """What goes out in registration, authentication and attributes."""

    number: str
    maker: str
    model: str
    hardware: str
    imei: str
    iccid: str
    firmware: str


def identity_of(number: str) -> Identity:
    """The identity of the simulated terminal with this number (digits)."""
    digits = "".join(c for c in number if c.isdigit()) or "0"
    return Identity(
        number=number,
        maker=MAKER,
        model=MODEL,
        hardware=digits[-7:].rjust(7, "0"),
        imei=_with_luhn(_TEST_TAC + digits[-6:].rjust(6, "0")),
        iccid=("898600" + digits[-14:].rjust(14, "0")),
        firmware=FIRMWARE,
    )


def _with_luhn(digits: str) -> str:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)
