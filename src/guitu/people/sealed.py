"""Sealing and opening a person's sensitive columns, always under the same context."""

from __future__ import annotations

import base64

from guitu.base.cipher import lookup_hash
from guitu.base.identity import mask_identity_number, mask_phone
from guitu.base.models import DataKey
from guitu.people.models import Contact, Person

#: Columns that hold sealed text; the context binds a text to its column.
COLUMNS = ("id_number", "phone", "address", "health")


def context_of(column: str) -> str:
    """What the sealed text of a column is bound to."""
    return f"person.{column}"


def open_column(person: Person, column: str) -> str:
    """The clear text; raises ``CipherError`` when the person was erased or the keys are others'."""
    if column not in COLUMNS:
        raise ValueError(f"{column!r} is no sealed column: use one of {', '.join(COLUMNS)}")
    return person.data_key.open(getattr(person, f"{column}_sealed"), context=context_of(column))


def seal_numbers(
    person: Person, key: DataKey, *, id_number: str, phone: str, address: str, health: str
) -> None:
    """Write all sealed columns with their hashes and masks onto an unsaved or changed row."""
    person.id_number_sealed = key.seal(id_number, context=context_of("id_number"))
    person.id_number_hash = lookup_hash("id", id_number) if id_number else ""
    person.id_number_mask = mask_identity_number(id_number) if id_number else ""
    person.phone_sealed = key.seal(phone, context=context_of("phone"))
    person.phone_hash = lookup_hash("phone", phone) if phone else ""
    person.phone_mask = mask_phone(phone) if phone else ""
    person.address_sealed = key.seal(address, context=context_of("address"))
    person.health_sealed = key.seal(health, context=context_of("health"))


def seal_contact(contact: Contact, key: DataKey, *, phone: str) -> None:
    """The same for somebody around the person, under the person's key."""
    contact.phone_sealed = key.seal(phone, context="contact.phone")
    contact.phone_mask = mask_phone(phone) if phone else ""


def open_contact(contact: Contact) -> str:
    """A contact's phone in the clear."""
    return contact.person.data_key.open(contact.phone_sealed, context="contact.phone")


def seal_photo(key: DataKey, jpeg: bytes) -> bytes:
    """A photograph, sealed as bytes (base64 inside the text seam)."""
    return key.seal(base64.b64encode(jpeg).decode("ascii"), context=context_of("photo"))


def open_photo(person: Person) -> bytes:
    """The JPEG; empty when there is none."""
    text = person.data_key.open(person.photo_sealed, context=context_of("photo"))
    return base64.b64decode(text)
