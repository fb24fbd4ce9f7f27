"""Data keys: one an owner, wrapped by a key outside the database."""

import uuid

from django.db import models

from guitu.base import cipher


class DataKey(models.Model):
    """The wrapped key of one owner. ``wrapped`` empty and ``destroyed_at`` set: erased for ever."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=20, default=cipher.DEFAULT_PROVIDER)
    kek = models.CharField(max_length=20, default=cipher.KEK_ID)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def make(cls) -> "DataKey":
        """A new key, not yet saved."""
        identifier = uuid.uuid4()
        key = cipher.PROVIDERS[cipher.DEFAULT_PROVIDER].new_key()
        return cls(id=identifier, wrapped=cipher.wrap(key, owner=str(identifier)))

    def seal(self, clear: str, *, context: str) -> bytes:
        """Encrypt ``clear`` for the column named ``context``; an empty text stays empty."""
        if not clear:
            return b""
        provider = cipher.PROVIDERS[self.provider]
        return provider.seal(self._key(), clear.encode(), context=context.encode())

    def open(self, sealed: bytes | memoryview, *, context: str) -> str:
        """Decrypt; raises :class:`guitu.base.cipher.CipherError` when the owner was erased."""
        if not sealed:
            return ""
        provider = cipher.PROVIDERS[self.provider]
        return provider.open(self._key(), bytes(sealed), context=context.encode()).decode()

    def _key(self) -> bytes:
        if not self.wrapped:
            raise cipher.CipherError("The data key of this person was destroyed by erasure.")
        return cipher.unwrap(bytes(self.wrapped), owner=str(self.id), provider=self.provider)
