"""What must always be true of the ground: the audit's rows and seals, keys, posts, the tree of units.

The audit is compared four ways: each row with its own HMAC; the rows of a seal with the seal's
Merkle root; each seal with the one before it and its signature; and all seals with the heads that
were published outside the database. Rows are read in portions, within one snapshot, so that
millions fit and the sealer may go on beside it.
"""

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from guitu.base import audit, cipher, sealer
from guitu.base.models import AuditRecord, AuditSeal, AuditSealed, DataKey, Organisation
from guitu.base.roles import ADMINISTRATORS
from guitu.config import KeyMissing, settings

_PORTION = 5_000
_NAMED = 10


def problems() -> Iterator[str]:
    """A sentence for each thing that is wrong, naming the row; nothing when all is well."""
    # What is published by now is in the database by now; heads written later are not looked at.
    heads = _Heads.as_published()
    with _snapshot():
        gone = dict(_missing_keys())
        yield from gone.values()
        signer = _signer(heads, gone)
        yield from _Audit(heads, hmac="audit-rows" not in gone, signer=signer).problems()
        if cipher.KEK_ID not in gone:
            yield from _data_keys()
        yield from _administrators()
        yield from _tree()


@contextmanager
def _snapshot() -> Iterator[None]:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# --- keys -------------------------------------------------------------------------------------


def _missing_keys() -> Iterator[tuple[str, str]]:
    """Keys without which what is in the database cannot be read or verified."""
    needed = {
        "audit-rows": AuditRecord.objects.exists(),
        "audit-seal": AuditSeal.objects.exists(),
        cipher.KEK_ID: DataKey.objects.filter(destroyed_at__isnull=True).exists(),
        "lookup": DataKey.objects.exists(),
    }
    for name, wanted in needed.items():
        path = settings.home / "keys" / name
        if wanted and not path.exists():
            # Not settings.secret(): it might make a new key, which would hide that the old is gone.
            yield (
                name,
                f"The key {name} is missing ({path}): what was made with it cannot be read or "
                "verified. Bring it back with `guitu restore --keys FILE`.",
            )
        elif wanted:
            try:
                settings.secret(name)
            except KeyMissing as error:
                yield name, str(error)


def _signer(heads: "_Heads", gone: dict[str, str]) -> bytes | None:
    """The public key of the seals: of this home, or without it the one that heads name."""
    return heads.key if "audit-seal" in gone else sealer.public_key()


def _data_keys() -> Iterator[str]:
    bad = []
    for key in DataKey.objects.order_by("pk").iterator(chunk_size=_PORTION):
        if key.destroyed_at and key.wrapped:
            yield f"Data key {key.pk} is noted as destroyed but is still there."
        if not key.wrapped:
            if key.destroyed_at is None:
                yield f"Data key {key.pk} is empty, but nobody destroyed it."
            continue
        try:
            cipher.unwrap(bytes(key.wrapped), owner=str(key.pk), provider=key.provider)
        except cipher.CipherError:
            bad.append(str(key.pk))
    if bad:
        yield (
            f"{len(bad)} data keys do not open with this home's key {cipher.KEK_ID} (the first: "
            f"{', '.join(bad[:_NAMED])}): they were altered, or the key is another home's."
        )


# --- accounts and units ------------------------------------------------------------------------


def _administrators() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.username, array_agg(DISTINCT p.role ORDER BY p.role) FROM base_post p"
            " JOIN base_account a ON a.id = p.account_id"
            " WHERE p.until IS NULL OR p.until >= current_date GROUP BY a.id"
            " HAVING count(DISTINCT p.role) > 1 AND bool_or(p.role = ANY(%s)) ORDER BY a.id",
            [sorted(ADMINISTRATORS)],
        )
        for pk, username, roles in cursor.fetchall():
            yield (
                f"Account {pk} ({username}) is an administrator and holds another role too "
                f"({', '.join(roles)}): the three administrators stand apart. End one of its posts."
            )


def _tree() -> Iterator[str]:
    paths = dict(Organisation.objects.values_list("pk", "path"))
    for pk, parent, path in Organisation.objects.order_by("pk").values_list(
        "pk", "parent_id", "path"
    ):
        right = f"{paths[parent]}.{pk}" if parent else str(pk)
        if path != right:
            yield f"Organisation {pk} has the path {path!r}; under its parent it must be {right!r}."


# --- the audit ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Head:
    """A line of the published heads."""

    number: int
    at: str
    count: int
    ids: str
    root: bytes


@dataclass(slots=True)
class _Heads:
    """The published heads up to ``size_bytes``, read one by one in the order of the file."""

    size_bytes: int
    key: bytes | None = None
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def as_published(cls) -> "_Heads":
        path = sealer.heads_path()
        if not path.exists():
            return cls(0)
        heads = cls(path.stat().st_size)
        for line in heads._lines():
            try:
                heads.key = bytes.fromhex(json.loads(line)["key"])
            except (ValueError, KeyError, TypeError):
                continue
            break
        return heads

    def _lines(self) -> Iterator[bytes]:
        read = 0
        if not self.size_bytes:
            return
        with sealer.heads_path().open("rb") as file:
            for line in file:
                read += len(line)
                if read > self.size_bytes or not line.endswith(b"\n"):
                    return
                yield line

    def __iter__(self) -> Iterator[_Head]:
        before = 0
        for n, line in enumerate(self._lines(), 1):
            try:
                note = json.loads(line)
                head = _Head(
                    int(note["number"]), str(note["at"]), int(note["count"]),
                    str(note.get("ids", "")), bytes.fromhex(note["root"]),
                )  # fmt: skip
            except (ValueError, KeyError, TypeError):
                self.troubles.append(f"{sealer.heads_path()} line {n} is no head of a seal.")
                continue
            if head.number <= before:
                self.troubles.append(
                    f"{sealer.heads_path()} line {n} repeats seal {head.number} out of its order."
                )
                continue
            before = head.number
            yield head


class _Audit:
    """One walk through all seals, then through the rows that no seal holds."""

    def __init__(self, heads: _Heads, *, hmac: bool, signer: bytes | None) -> None:
        self.heads = heads
        self.hmac = hmac
        self.signer = Ed25519PublicKey.from_public_bytes(signer) if signer else None
        self.named: set[int] = set()
        self.unpublished: list[int] = []

    def problems(self) -> Iterator[str]:
        if self.signer and self.heads.key and self.heads.key != self.signer.public_bytes_raw():
            yield (
                "The key audit-seal of this home is not the one that signed the published heads: "
                "bring the right keys back with `guitu restore --keys FILE`."
            )
        floor = yield from self._seals()
        yield from self.heads.troubles
        yield from self._orphans()
        yield from self._unsealed(floor)
        yield from self._copies()

    # Seals, each beside its published head.
    def _seals(self) -> Generator[str, None, int]:
        heads = iter(self.heads)
        head = next(heads, None)
        before: AuditSeal | None = None
        floor = 0
        for seals in _portions():
            listed = _listed(seals)
            digests = self._digests(pk for places in listed.values() for _, pk in places)
            for seal in seals:
                expected = before.number + 1 if before else 1
                unknown = set(range(expected, seal.number))
                while head and head.number < seal.number:
                    unknown.discard(head.number)
                    yield from self._lost(head, "was deleted")
                    head = next(heads, None)
                for number in sorted(unknown):
                    yield f"Seal {number} was deleted from the database."
                published = head if head and head.number == seal.number else None
                if published:
                    for number in self.unpublished:
                        yield f"{sealer.heads_path()} lacks seal {number}: its line was deleted."
                    self.unpublished.clear()
                    head = next(heads, None)
                else:
                    self.unpublished.append(seal.number)
                places = listed.get(seal.number, [])
                yield from self._seal(seal, published, before=before, places=places, rows=digests)
                before, floor = seal, max(floor, seal.floor)
        while head:
            yield from self._lost(head, "is cut off: it was published, and the database lacks it")
            head = next(heads, None)
        return floor

    def _digests(self, ids: Iterable[int]) -> dict[int, tuple[bytes, bool]]:
        """The stored digest of each row that exists, and whether it fits the row."""
        found = {}
        wanted = list(ids)
        for start in range(0, len(wanted), _PORTION):
            for row in AuditRecord.objects.filter(pk__in=wanted[start : start + _PORTION]):
                digest = bytes(row.digest)
                found[row.pk] = (digest, not self.hmac or digest == audit.digest_of(row))
        return found

    def _lost(self, head: _Head, fate: str) -> Iterator[str]:
        yield f"Seal {head.number} ({head.count} rows, {head.at}) {fate}."
        for pk, there in _existing(sealer.ids_in(head.ids)):
            self.named.add(pk)
            yield (
                f"Audit row {pk} is no longer sealed: seal {head.number}, which held it, is gone."
                if there
                else f"Audit row {pk} was deleted together with seal {head.number}, which held it."
            )

    def _seal(
        self,
        seal: AuditSeal,
        head: _Head | None,
        *,
        before: AuditSeal | None,
        places: Sequence[tuple[int, int]],
        rows: dict[int, tuple[bytes, bool]],
    ) -> Iterator[str]:
        named = False
        for text in self._rows(seal, head, places=places, rows=rows):
            named = True
            yield text
        root, previous = bytes(seal.root), bytes(seal.previous_root)
        if head and head.root != root:
            yield f"Seal {seal.number} was altered: it is not the one that was published."
        if self.signer:
            try:
                self.signer.verify(bytes(seal.signature), root)
            except InvalidSignature:
                yield f"Seal {seal.number} was altered or forged: its signature is wrong."
        contiguous = seal.number == (before.number + 1 if before else 1)
        if contiguous and previous != (bytes(before.root) if before else sealer.EMPTY):
            yield f"Seal {seal.number} does not follow from seal {seal.number - 1}."
        if named:
            return
        leaves = [sealer.leaf(pk, rows[pk][0]) for _, pk in places]
        merkle = sealer.merkle_root(leaves)
        if root != sealer.chained(previous, merkle, number=seal.number, count=seal.count):
            ids = sealer.id_ranges(sorted(pk for _, pk in places))
            yield (
                f"Seal {seal.number} does not fit its audit rows {ids}: digests, ids or their "
                "order were altered."
            )

    def _rows(
        self,
        seal: AuditSeal,
        head: _Head | None,
        *,
        places: Sequence[tuple[int, int]],
        rows: dict[int, tuple[bytes, bool]],
    ) -> Iterator[str]:
        held = {pk for _, pk in places}
        published = set(sealer.ids_in(head.ids)) if head else set()
        for pk, there in _existing(sorted(published - held)):
            self.named.add(pk)
            yield (
                f"Audit row {pk} lost its place in seal {seal.number}."
                if there
                else f"Audit row {pk} was deleted, and its place in seal {seal.number} too."
            )
        if published:
            for pk in sorted(held - published):
                self.named.add(pk)
                yield f"Audit row {pk} was put into seal {seal.number} afterwards."
        elif len(places) != seal.count or [n for n, _ in places] != list(range(seal.count)):
            absent = sorted(set(range(seal.count)) - {n for n, _ in places})
            yield (
                f"Seal {seal.number} holds {seal.count} audit rows, but {len(places)} are listed "
                f"(ids {sealer.id_ranges(sorted(held))}; the places "
                f"{sealer.id_ranges(absent) or 'are muddled'}"
                f"{' were deleted' if absent else ''})."
            )
        for position, pk in places:
            if pk not in rows:
                self.named.add(pk)
                yield (
                    f"Audit row {pk} was deleted: seal {seal.number} holds it in place {position}."
                )
            elif not rows[pk][1]:
                self.named.add(pk)
                yield f"Audit row {pk} was altered after seal {seal.number} was made over it."

    # Rows and places outside the chain.
    def _orphans(self) -> Iterator[str]:
        query = (
            "SELECT s.record_id, s.seal FROM base_auditsealed s WHERE s.record_id > %s AND NOT"
            " EXISTS (SELECT 1 FROM base_auditseal a WHERE a.number = s.seal)"
            " ORDER BY s.record_id LIMIT %s"
        )
        for pk, number in _pages(query):
            if pk not in self.named:
                self.named.add(pk)
                yield f"Audit row {pk} is said to be in seal {number}, which does not exist."

    def _unsealed(self, floor: int) -> Iterator[str]:
        query = (
            "SELECT r.id FROM base_auditrecord r WHERE r.id > %s AND NOT EXISTS"
            " (SELECT 1 FROM base_auditsealed s WHERE s.record_id = r.id) ORDER BY r.id LIMIT %s"
        )
        # Ids may be anything in a row that was inserted by hand.
        after = -(1 << 63)
        while ids := [row[0] for row in _page(query, after)]:
            after = ids[-1]
            for pk, (_, fits) in sorted(self._digests(ids).items()):
                if pk in self.named:
                    continue
                if not fits:
                    yield (
                        f"Audit row {pk} was not written by Guitu: it was inserted, or altered "
                        "before it was sealed."
                    )
                elif pk <= floor:
                    yield (
                        f"Audit row {pk} was inserted afterwards: all rows up to {floor} were "
                        "sealed, and no seal holds it."
                    )

    def _copies(self) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT array_agg(id ORDER BY id) FROM base_auditrecord GROUP BY digest"
                " HAVING count(*) > 1 ORDER BY min(id) LIMIT %s",
                [_PORTION],
            )
            for (ids,) in cursor.fetchall():
                copies = ", ".join(map(str, ids[1:]))
                yield f"Audit row {copies} was inserted as a copy of audit row {ids[0]}."


def _portions() -> Iterator[list[AuditSeal]]:
    """All seals in order, in portions that hold some thousands of rows together."""
    portion: list[AuditSeal] = []
    weight = 0
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=_PORTION):
        portion.append(seal)
        weight += max(1, seal.count)
        if weight >= _PORTION:
            yield portion
            portion, weight = [], 0
    if portion:
        yield portion


def _listed(seals: Sequence[AuditSeal]) -> dict[int, list[tuple[int, int]]]:
    """(position, record id) of each seal, in the order of the positions."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows = AuditSealed.objects.filter(seal__in=[seal.number for seal in seals])
    for number, position, pk in rows.order_by("seal", "position", "record_id").values_list(
        "seal", "position", "record_id"
    ):
        found.setdefault(number, []).append((position, pk))
    return found


def _existing(ids: Iterable[int]) -> Iterator[tuple[int, bool]]:
    """Each id, and whether the audit still has that row."""
    wanted = list(ids)
    for start in range(0, len(wanted), _PORTION):
        some = wanted[start : start + _PORTION]
        there = set(AuditRecord.objects.filter(pk__in=some).values_list("pk", flat=True))
        yield from ((pk, pk in there) for pk in some)


def _page(query: str, after: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [after, _PORTION])
        return cursor.fetchall()


def _pages(query: str) -> Iterator[tuple[Any, ...]]:
    """Rows of ``query`` (first column an ascending id, parameters id and limit), page by page."""
    after = -(1 << 63)
    while rows := _page(query, after):
        yield from rows
        after = rows[-1][0]
