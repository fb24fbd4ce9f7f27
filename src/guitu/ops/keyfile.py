"""The keys of a home in one file, enciphered under a passphrase.

They travel apart from the backup: who has one of the two alone can read nothing. Format:
``GUITUKEYS1\\n``, 16 bytes of salt, 12 of nonce, then AES-256-GCM over a JSON object of name → hex;
the key is scrypt (n = 2¹⁷, r = 8, p = 1; RFC 7914) of the passphrase.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"GUITUKEYS1\n"
SHORTEST_PASSPHRASE = 12

#: Keys of this machine's own servers and sessions: a restored home may have new ones.
REPLACEABLE = frozenset({"postgres", "nats", "django"})


class KeyFileError(ValueError):
    """The key file or the passphrase is wrong; the message says which."""


def seal(keys: Mapping[str, bytes], passphrase: str) -> bytes:
    """The key file's content."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KeyFileError(
            f"The passphrase has {len(passphrase)} characters: give at least "
            f"{SHORTEST_PASSPHRASE}, for example five words."
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    clear = json.dumps({name: key.hex() for name, key in sorted(keys.items())}).encode()
    return MAGIC + salt + nonce + AESGCM(_derive(passphrase, salt)).encrypt(nonce, clear, MAGIC)


def read(path: Path) -> bytes:
    """The content of a key file; no real one is larger than a megabyte."""
    if path.stat().st_size > 2**20:
        raise KeyFileError(f"{path} is no key file of Guitu: it is too large.")
    return path.read_bytes()


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """The keys in a key file. Raises :class:`KeyFileError`."""
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + 28 + 16:
        raise KeyFileError("This is no key file of Guitu (it does not begin as one, or is cut).")
    salt = data[len(MAGIC) : len(MAGIC) + 16]
    nonce = data[len(MAGIC) + 16 : len(MAGIC) + 28]
    try:
        clear = AESGCM(_derive(passphrase, salt)).decrypt(nonce, data[len(MAGIC) + 28 :], MAGIC)
    except InvalidTag as error:
        raise KeyFileError("The passphrase does not fit, or the key file was altered.") from error
    return {name: bytes.fromhex(text) for name, text in json.loads(clear).items()}


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())


def gather(home: Path) -> dict[str, bytes]:
    """The keys of ``home``, by name."""
    folder = home / "keys"
    if not folder.exists():
        return {}
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
    }


def place(keys: Mapping[str, bytes], home: Path) -> list[str]:
    """Write ``keys`` into ``home``; returns the names written.

    One that is there with another content raises :class:`KeyFileError` before anything is written.
    """
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = {}
    for name, key in keys.items():
        path = folder / name
        if not path.exists():
            new[name] = key
        elif path.read_bytes() != key and name not in REPLACEABLE:
            raise KeyFileError(
                f"{path} exists and is another key than the file's: move it away first if the "
                "file's is the right one."
            )
    for name, key in new.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
    ledger = home / "keys.names"
    known = ledger.read_text("ascii").split() if ledger.exists() else []
    with ledger.open("a", encoding="ascii") as out:
        out.writelines(f"{name}\n" for name in keys if name not in known)
    return sorted(new)
