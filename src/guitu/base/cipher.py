"""The one seam through which sensitive columns pass.

Each owner (a person) has a data key of their own, kept in the database wrapped by a key that lies
outside it (``<home>/keys/kek-1``). Erasure destroys the wrapped data key: what was sealed with it
can then be read by nobody, in the database or in its backups. Whole numbers are found by a keyed
hash (:func:`lookup_hash`), since equal clear texts give different sealed texts.

A second provider (SM4) is one more class with the same three methods and another ``name``.
"""

import hmac
import os
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guitu.config import settings

_NONCE = 12


class CipherError(RuntimeError):
    """Sealed data could not be opened: wrong key, altered text, or an erased owner."""


class Provider(Protocol):
    """What a cipher must do. ``context`` binds a text to its place (authenticated, not stored)."""

    name: str

    def new_key(self) -> bytes: ...
    def seal(self, key: bytes, clear: bytes, *, context: bytes) -> bytes: ...
    def open(self, key: bytes, sealed: bytes, *, context: bytes) -> bytes: ...


class AesGcm:
    """AES-256-GCM (NIST SP 800-38D), a random 96-bit nonce before each text."""

    name = "aes-256-gcm"

    def new_key(self) -> bytes:
        return AESGCM.generate_key(bit_length=256)

    def seal(self, key: bytes, clear: bytes, *, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, clear, context)

    def open(self, key: bytes, sealed: bytes, *, context: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise CipherError(
                "The sealed text does not open with this key: it was altered, or the keys of "
                "another home are in use. Bring the right keys back with `guitu restore --keys`."
            ) from error


PROVIDERS: dict[str, Provider] = {AesGcm.name: AesGcm()}
DEFAULT_PROVIDER = AesGcm.name
KEK_ID = "kek-1"


def wrap(key: bytes, *, owner: str) -> bytes:
    """Seal a data key with the key that lies outside the database."""
    return PROVIDERS[DEFAULT_PROVIDER].seal(
        settings.secret(KEK_ID), key, context=f"datakey:{owner}".encode()
    )


def unwrap(wrapped: bytes, *, owner: str, provider: str = DEFAULT_PROVIDER) -> bytes:
    """Open a wrapped data key."""
    return PROVIDERS[provider].open(
        settings.secret(KEK_ID), bytes(wrapped), context=f"datakey:{owner}".encode()
    )


def lookup_hash(kind: str, value: str) -> str:
    """A keyed hash (HMAC-SHA-256, 32 hex digits) by which a whole number is found."""
    return hmac.new(settings.secret("lookup"), f"{kind}:{value}".encode(), sha256).hexdigest()[:32]
