"""Each row is sealed once, none is missed, whatever the order in which transactions end."""

import json
import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from guitu.base import audit, sealer
from guitu.base.models import AuditRecord, AuditSeal, AuditSealed

pytestmark = pytest.mark.django_db(transaction=True)


def act(n: int = 1) -> list[int]:
    with transaction.atomic():
        return [audit.record("x", n=i).pk for i in range(n)]


def sealed() -> list[int]:
    return list(AuditSealed.objects.order_by("record_id").values_list("record_id", flat=True))


class Writer(threading.Thread):
    """A transaction on a connection of its own that writes a row and waits before it ends."""

    def __init__(self, *, undo: bool = False) -> None:
        super().__init__()
        self.wrote, self.finish = threading.Event(), threading.Event()
        self.undo = undo
        self.pk = 0
        self.error: BaseException | None = None
        self.start()
        assert self.wrote.wait(10), self.error

    def run(self) -> None:
        try:
            with audit.acting(audit.Source("host", None, "w")), transaction.atomic():
                self.pk = audit.record("slow").pk
                self.wrote.set()
                assert self.finish.wait(30)
                if self.undo:
                    transaction.set_rollback(True)
        except BaseException as error:
            self.error = error
        finally:
            connection.close()

    def end(self) -> None:
        self.finish.set()
        self.join(10)
        assert not self.error


def test_a_round_seals_what_is_new_and_the_next_one_nothing(heads, host):
    ids = act(3)
    assert sealer.seal_once().sealed == 3
    assert sealer.seal_once() == sealer.Sealing(0, 1, 0.0)
    assert sealed() == ids
    line = json.loads(heads.read_text())
    assert (line["number"], line["count"], line["ids"]) == (1, 3, sealer.id_ranges(ids))
    seal = AuditSeal.objects.get()
    assert bytes(seal.root).hex() == line["root"]
    assert line["key"] == sealer.public_key().hex()


def test_a_row_whose_transaction_ends_later_than_higher_ids_is_sealed_in_its_turn(heads, host):
    slow = Writer()
    fast = act(2)
    assert slow.pk < fast[0]
    sealer.seal_once()
    # Everything newer than the oldest running transaction waits for it.
    assert slow.pk not in sealed()
    for _ in range(3):
        fast += act(1)
        sealer.seal_once()
    slow.end()
    sealer.seal_once()
    assert sealed() == sorted([slow.pk, *fast])


def test_an_undone_row_leaves_a_gap_that_holds_nothing_up(heads, host):
    slow = Writer(undo=True)
    ids = act(1)
    slow.end()
    for _ in range(4):
        ids += act(1)
        sealer.seal_once()
    assert sealed() == ids
    assert AuditSeal.objects.latest("number").floor > slow.pk


def test_many_writers_and_two_sealers_at_once_miss_nothing_and_seal_nothing_twice(heads, host):
    dice = random.Random(8)
    stop = threading.Event()
    errors: list[BaseException] = []

    def write(pauses: list[float]) -> None:
        try:
            with audit.acting(audit.Source("host", None, "w")):
                for pause in pauses:
                    with transaction.atomic():
                        audit.record("x")
                        stop.wait(pause)
                        if pause > 0.009:
                            transaction.set_rollback(True)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def seal() -> None:
        try:
            while not stop.is_set():
                sealer.seal_once()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [
        threading.Thread(target=write, args=([dice.random() / 100 for _ in range(40)],))
        for _ in range(4)
    ]
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    for thread in sealers:
        thread.join(60)
    assert not errors
    while sealer.seal_once().sealed:
        pass
    assert sealed() == list(AuditRecord.objects.order_by("pk").values_list("pk", flat=True))
    published = [json.loads(line)["number"] for line in heads.read_text().splitlines()]
    assert published == list(range(1, AuditSeal.objects.count() + 1))


def test_a_transaction_longer_than_a_whole_batch_is_not_left_below_the_floor(
    heads, host, monkeypatch
):
    monkeypatch.setattr(sealer, "_BATCH", 2)
    slow = Writer()
    act(1)
    sealer.seal_once()
    slow.end()
    act(7)
    while sealer.seal_once().sealed:
        pass
    assert sealed() == list(AuditRecord.objects.order_by("pk").values_list("pk", flat=True))


def test_rows_restored_from_another_cluster_with_numbers_of_the_future_are_sealed(heads, host):
    with transaction.atomic():
        row = audit.record("x")
        later = AuditRecord(**{f.attname: getattr(row, f.attname) for f in row._meta.fields})
        later.pk, later.xid, later.at = row.pk + 10, 1 << 40, timezone.now()
        later.digest = audit.digest_of(later)
        later.save(force_insert=True)
    sealer.seal_once()
    assert sealed() == [row.pk, row.pk + 10]


def test_the_unsealed_age_is_that_of_the_oldest_row_without_a_seal(heads, host):
    assert sealer.unsealed_age_s() == 0
    with transaction.atomic():
        row = AuditRecord(
            at=timezone.now() - timedelta(seconds=90), via="host", actor="", action="x"
        )
        row.digest = audit.digest_of(row)
        row.save()
    assert 89 < sealer.unsealed_age_s() < 120
    sealer.seal_once()
    assert sealer.unsealed_age_s() == 0


def test_a_row_not_written_by_guitu_is_told_and_the_others_are_sealed(heads, host):
    first = act(1)
    with transaction.atomic():
        forged = AuditRecord(at=timezone.now(), via="web", actor="", action="x", digest=b"0" * 32)
        forged.save()
    last = act(1)
    for _ in range(3):
        with pytest.raises(sealer.ForgedRow, match=str(forged.pk)):
            sealer.seal_once()
        last += act(1)
    assert sealed() == first + last[:-1]
    assert AuditSeal.objects.latest("number").floor < forged.pk


def test_a_head_that_was_not_published_or_only_half_written_is_published_in_the_next_round(
    heads, host
):
    act(1)
    sealer.seal_once()
    with heads.open("a") as file:
        file.write('{"number": 2, "at"')
    act(2)
    sealer.seal_once()
    heads.write_text(heads.read_text().splitlines()[0] + "\n")
    sealer.seal_once()
    assert [json.loads(line)["number"] for line in heads.read_text().splitlines()] == [1, 2]


def test_a_database_that_ends_before_the_published_heads_is_not_sealed_on(heads, host):
    act(1)
    sealer.seal_once()
    note = json.loads(heads.read_text()) | {"number": 2}
    with heads.open("a") as file:
        file.write(json.dumps(note) + "\n")
    act(1)
    with pytest.raises(sealer.CutOff, match="knows seal 2, but the database ends with seal 1"):
        sealer.seal_once()


@pytest.mark.django_db(transaction=False)
@given(st.sets(st.integers(1, 200)))
def test_ranges_of_ids_read_back_as_they_were(ids):
    assert list(sealer.ids_in(sealer.id_ranges(sorted(ids)))) == sorted(ids)


@pytest.mark.django_db(transaction=False)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20, unique=True))
def test_a_root_changes_with_any_leaf_and_any_order(leaves):
    root = sealer.merkle_root(leaves)
    assert sealer.merkle_root([*leaves[:-1], sealer.leaf(1, leaves[-1])]) != root
    if len(leaves) > 1:
        assert sealer.merkle_root(leaves[::-1]) != root
