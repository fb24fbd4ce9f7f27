"""What the worker and live need to know of themselves: offsets, snapshots, dead letters, news."""

from django.db import models
from django.db.models.expressions import RawSQL


class StreamOffset(models.Model):
    """How far a shard is committed. Moved by compare-and-set on ``epoch`` and ``sequence``."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    creation_id = models.CharField(max_length=64)  # of the stream: another one is refused
    epoch = models.BigIntegerField(default=0)  # grows with every worker that takes the shard
    sequence = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.shard}: {self.sequence}"


class EngineSnapshot(models.Model):
    """The engine's state of a shard after ``sequence``; the newest counts."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    made_at = models.DateTimeField()
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.shard}: {self.sequence}"


class EngineJournal(models.Model):
    """What the engine was given since the snapshot, one row a commit; emptied by each snapshot.

    The state after a restart is the snapshot and these rows in order: the very input of the first
    run, resends and refusals already taken out.
    """

    shard = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    body = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["shard", "id"], name="journal_shard")]

    def __str__(self) -> str:
        return f"{self.shard}: {self.sequence}"


class DeadLetter(models.Model):
    """A report that could not be processed. ``raw`` only when it was received within a lawful span."""

    at = models.DateTimeField()
    shard = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    device_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField(null=True)
    msg_id = models.IntegerField(null=True)
    error = models.CharField(max_length=200)
    raw = models.BinaryField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["-at"], name="dead_at")]

    def __str__(self) -> str:
        return f"{self.shard}: {self.sequence}"


class Change(models.Model):
    """Version counters (``gate``, ``rules``, ``registry``), moved by deferred triggers at commit."""

    name = models.CharField(max_length=12, primary_key=True)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class News(models.Model):
    """What live pages are told, read in commit order below pg_snapshot_xmin; gone after a day.

    ``kind`` ``fixes``: ``payload`` is a list of rows (see ``tracking.news``), ``person_id`` empty.
    Other kinds concern one person and are shown to whom its scope allows.
    """

    xid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()))
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    person_id = models.BigIntegerField(null=True)
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="news_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
