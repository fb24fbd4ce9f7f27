"""Cases: the term is the law's, and what can't be right is refused with the law's reasons."""

from datetime import date

import pytest

from guitu.law.term import TermDefect
from guitu.people import services
from guitu.people.models import CaseEvent
from guitu.people.tests.cast import NOW, probation, register

pytestmark = pytest.mark.django_db
SURVEILLANCE = {"category": "01", "sentence_kind": "05", "test_period": ""}
PAROLE = {"category": "03", "test_period": "", "sentence": "5年"}
OUTSIDE = {"category": "04", "test_period": "", "sentence": "3年"}


@pytest.mark.parametrize(
    ("changes", "start", "end"),
    [
        ({}, "2026-03-12", "2028-03-11"),
        ({"effective_date": date(2024, 2, 29), "test_period": "1年"}, "2024-02-29", "2025-02-27"),
        ({"effective_date": date(2026, 1, 31), "sentence_kind": "04", "sentence": "2个月", "test_period": "3个月"}, "2026-01-31", "2026-04-29"),
        (SURVEILLANCE | {"effective_date": date(2026, 5, 10), "sentence": "4个月", "custody_days": 20}, "2026-05-10", "2026-07-31"),
        (SURVEILLANCE | {"effective_date": date(2026, 5, 10), "first_day": date(2026, 5, 20), "sentence": "1年"}, "2026-05-20", "2027-05-19"),
        (PAROLE | {"first_day": date(2026, 2, 1), "sentence_end": date(2027, 10, 3)}, "2026-02-01", "2027-10-03"),
        ({"category": "03", "sentence_kind": "02", "sentence": "", "test_period": "", "first_day": date(2026, 2, 1)}, "2026-02-01", "2036-01-31"),
        (OUTSIDE | {"first_day": date(2025, 12, 1), "sentence_end": date(2027, 12, 3)}, "2025-12-01", "2027-12-03"),
    ],
)  # fmt: skip
def test_a_case_runs_from_the_first_to_the_last_day_of_law(cast, changes, start, end):
    person = register("某", cast.office, cast.officer)
    case = services.open_case(person, probation(**changes), by=cast.officer, at=NOW)
    assert (str(case.term_start), str(case.term_end)) == (start, end)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"test_period": "8个月"}, {TermDefect.TEST_PERIOD_TOO_SHORT, TermDefect.TEST_PERIOD_SHORTER_THAN_SENTENCE}),
        ({"test_period": "6年"}, {TermDefect.TEST_PERIOD_TOO_LONG}),
        ({"sentence": "3年1个月", "test_period": "4年"}, {TermDefect.SENTENCE_TOO_LONG}),
        ({"recidivist": True}, {TermDefect.RECIDIVIST}),
        (SURVEILLANCE | {"sentence": "2年1个月"}, {TermDefect.SENTENCE_TOO_LONG}),
        (SURVEILLANCE | {"sentence": "2个月"}, {TermDefect.SENTENCE_TOO_SHORT}),
        ({"sentence_kind": "05"}, {TermDefect.WRONG_SENTENCE_KIND}),
    ],
)  # fmt: skip
def test_a_term_that_cant_be_right_is_refused_with_every_reason(cast, changes, codes):
    person = register("某", cast.office, cast.officer)
    with pytest.raises(services.Refused) as refusal:
        services.open_case(person, probation(**changes), by=cast.officer, at=NOW)
    assert {reason.code for reason in refusal.value.reasons} == codes
    assert not person.cases.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"test_period": ""}, "test_period"),
        ({"sentence": "很久"}, "sentence"),
        (PAROLE | {"first_day": date(2026, 2, 1)}, "sentence_end"),
        (PAROLE | {"first_day": date(2026, 2, 1), "sentence_end": date(2026, 1, 1)}, "sentence_end"),
        (SURVEILLANCE | {"sentence": "3个月", "custody_days": 60}, "custody_days"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unreadable_is_said_by_its_field(cast, changes, field):
    person = register("某", cast.office, cast.officer)
    with pytest.raises(services.Refused) as refusal:
        services.open_case(person, probation(**changes), by=cast.officer, at=NOW)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_a_second_case_waits_for_the_first_to_end(cast):
    with pytest.raises(services.Refused, match="还没有结束"):
        services.open_case(cast.person, probation(), by=cast.officer, at=NOW)
    services.end_case(
        cast.case, state="terminated", on=NOW.date(), reason="撤销缓刑", by=cast.officer, at=NOW
    )
    services.open_case(cast.person, probation(), by=cast.officer, at=NOW)
    cast.person.refresh_from_db()
    assert "state:expected" in cast.person.facets


def test_a_discharge_before_the_last_day_is_refused(cast):
    with pytest.raises(services.Refused, match="不能提前解除"):
        services.end_case(
            cast.case, state="discharged", on=NOW.date(), reason="表现好", by=cast.officer, at=NOW
        )


def test_each_act_leaves_history_timeline_and_audit(cast):
    from guitu.base.models import AuditRecord

    services.set_level(cast.case, "strict", reason="两次未报告", by=cast.officer, at=NOW)
    history = cast.case.history.order_by("-pgh_id").first()
    assert history.level == "strict"
    assert history.pgh_context.metadata == {"user": cast.officer.pk, "reason": "两次未报告"}
    event = CaseEvent.objects.order_by("-id").first()
    assert (event.kind, event.title, event.actor_id) == ("level", "普管调整为严管", cast.officer.pk)
    row = AuditRecord.objects.order_by("-id").first()
    assert (row.action, row.actor_id, row.person_id) == (
        "case.level",
        cast.officer.pk,
        cast.person.pk,
    )


def test_what_fails_leaves_nothing(cast, monkeypatch):
    from guitu.base import audit

    def broken(*args, **kwargs):
        raise RuntimeError("the audit can't be written")

    monkeypatch.setattr(audit, "record", broken)
    before = CaseEvent.objects.count()
    with pytest.raises(RuntimeError, match="audit"):
        services.set_level(cast.case, "strict", reason="某", by=cast.officer, at=NOW)
    cast.case.refresh_from_db()
    assert cast.case.level == "ordinary" and CaseEvent.objects.count() == before


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (date(2026, 3, 12), date(2026, 4, 12), "below_floor"),
        (date(2026, 3, 12), date(2028, 3, 12), "beyond_term"),
        (date(2026, 3, 11), date(2027, 3, 11), "before_term"),
    ],
)
def test_a_prohibition_order_keeps_the_laws_bounds(cast, start, end, code):
    with pytest.raises(services.Refused) as refusal:
        services.add_prohibition_order(
            cast.case, kind="place", content="网吧", start=start, end=end, by=cast.officer, at=NOW
        )
    assert [reason.code for reason in refusal.value.reasons] == [code]
