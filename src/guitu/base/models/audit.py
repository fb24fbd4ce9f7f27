"""The audit: records, seals, and which seal holds which record. All three only ever grow."""

from django.db import models
from django.db.models.expressions import RawSQL


class AuditRecord(models.Model):
    """Who did or read what. ``digest`` is an HMAC over all other columns but ``id`` and ``xid``."""

    at = models.DateTimeField()
    via = models.CharField(max_length=8)  # web, host, part
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=40, db_index=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    person_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    session = models.CharField(max_length=16, blank=True)
    detail = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=32)
    # The transaction that wrote the row: a row is sealed once no older one can still appear.
    xid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()))

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["actor_id", "-at"], name="audit_actor"),
            models.Index(fields=["person_id", "-at"], name="audit_person"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"


class AuditSeal(models.Model):
    """A Merkle batch over the previous root, signed with a key that lies outside the database."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    previous_root = models.BinaryField(max_length=32)
    root = models.BinaryField(max_length=32)
    count = models.IntegerField()
    # All ids up to ``floor`` are sealed; ``mark``/``mark_xmax`` move it on (see sealer.py).
    floor = models.BigIntegerField()
    mark = models.BigIntegerField()
    mark_xmax = models.BigIntegerField()
    signature = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)


class AuditSealed(models.Model):
    """Record ``record_id`` is leaf ``position`` of seal ``seal``."""

    record_id = models.BigIntegerField(primary_key=True)
    seal = models.BigIntegerField(db_index=True)
    position = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.record_id} in {self.seal}"
