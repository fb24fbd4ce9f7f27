"""Given a case, today: then this is due."""

from dataclasses import replace
from datetime import date

import pytest

from guitu.law.deadlines import HolidayTable
from guitu.law.duties.monitoring_is_reassessed_before_it_ends import reassessment_is_urgent
from guitu.law.obligations import (
    CaseFacts,
    MonitoringFacts,
    Obligation,
    ObligationCode,
    ProhibitionFacts,
    Sex,
    Standing,
    TeamMember,
    next_deadline,
    obligations,
    on_the_desk,
    standing,
)
from guitu.law.words import Category, Level

C = ObligationCode
CALENDAR = HolidayTable.of([date(2026, 10, day) for day in range(1, 8)])
MAN = TeamMember(Sex.MALE)
WOMAN = TeamMember(Sex.FEMALE)

NEW = CaseFacts(
    category=Category.PROBATION,
    effective_on=date(2026, 3, 2),
    first_day=date(2026, 3, 2),
    last_day=date(2028, 3, 1),
    sex=Sex.MALE,
    born=date(1988, 7, 7),
)
SETTLED = replace(
    NEW,
    level=Level.ORDINARY,
    reported_on=date(2026, 3, 9),
    intake_announced_on=date(2026, 3, 10),
    team=(MAN, WOMAN),
    last_periodic_report_on=date(2026, 6, 1),
)
TODAY = date(2026, 6, 10)


def open_codes(facts: CaseFacts, today: date = TODAY) -> set[ObligationCode]:
    return {o.code for o in obligations(facts, today, calendar=CALENDAR)}


def one(facts: CaseFacts, code: ObligationCode, today: date = TODAY) -> Obligation:
    (found,) = (o for o in obligations(facts, today, calendar=CALENDAR) if o.code is code)
    return found


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (None, Standing.UNDATED),
        (date(2026, 6, 9), Standing.OVERDUE),
        (date(2026, 6, 10), Standing.TODAY),
        (date(2026, 6, 11), Standing.WEEK),
        (date(2026, 6, 17), Standing.WEEK),
        (date(2026, 6, 18), Standing.LATER),
    ],
)
def test_how_a_day_stands_today(due: date | None, expected: Standing) -> None:
    assert standing(due, TODAY) is expected


def test_who_has_not_reported_in_owes_that_within_ten_days() -> None:
    due = one(NEW, C.REPORT_IN, date(2026, 3, 5))
    assert (due.begins, due.due, due.sure) == (date(2026, 3, 2), date(2026, 3, 12), True)
    assert "CCL 21(1)" in {a.key for a in due.articles}
    assert standing(due.due, date(2026, 3, 13)) is Standing.OVERDUE


def test_the_tenth_day_on_a_holiday_moves() -> None:
    facts = replace(
        NEW,
        effective_on=date(2026, 9, 25),
        first_day=date(2026, 9, 25),
        last_day=date(2027, 9, 24),
    )
    assert one(facts, C.REPORT_IN, date(2026, 9, 26)).due == date(2026, 10, 8)


def test_a_prisoner_served_outside_is_handed_over_and_does_not_report_in() -> None:
    due = one(replace(NEW, category=Category.TEMPORARY_SERVICE), C.REPORT_IN)
    assert due.title_zh == "等待移送"
    assert "CCL 21(3)" in {a.key for a in due.articles}


def test_after_reporting_in_the_announcement_and_a_team_are_wanted_without_a_day() -> None:
    facts = replace(NEW, reported_on=date(2026, 3, 9))
    assert {C.ANNOUNCE_INTAKE, C.FORM_TEAM} <= open_codes(facts)
    assert C.REPORT_IN not in open_codes(facts)
    assert one(facts, C.ANNOUNCE_INTAKE).due is None


def test_a_settled_case_owes_only_its_next_report_and_its_end() -> None:
    assert open_codes(SETTLED) == {C.PERIODIC_REPORT, C.PERSONAL_SUMMARY, C.DISCHARGE}


def test_a_womans_team_needs_a_woman() -> None:
    woman = replace(SETTLED, sex=Sex.FEMALE, team=(MAN, MAN))
    assert C.TEAM_NEEDS_WOMAN in open_codes(woman)
    assert C.TEAM_NEEDS_WOMAN not in open_codes(replace(woman, team=(MAN, WOMAN)))
    assert C.TEAM_NEEDS_WOMAN not in open_codes(replace(SETTLED, team=(MAN,)))


def test_who_began_as_a_minor_needs_someone_versed_in_minors_even_after_eighteen() -> None:
    # born 2 March 2008: on 2 March 2026 the eighteenth birthday itself does not count yet
    minor = replace(SETTLED, born=date(2008, 3, 2))
    assert C.TEAM_NEEDS_SOMEONE_FOR_MINORS in open_codes(minor)
    versed = replace(minor, team=(WOMAN, TeamMember(Sex.MALE, versed_in_minors=True)))
    assert C.TEAM_NEEDS_SOMEONE_FOR_MINORS not in open_codes(versed)
    assert C.TEAM_NEEDS_SOMEONE_FOR_MINORS not in open_codes(
        replace(SETTLED, born=date(2008, 3, 1))
    )


def test_a_minors_announcement_is_not_public() -> None:
    minor = replace(NEW, born=date(2009, 1, 1), reported_on=date(2026, 3, 9))
    assert "不公开" in one(minor, C.ANNOUNCE_INTAKE).title_zh


@pytest.mark.parametrize(
    ("level", "due"),
    [
        (Level.STRICT, date(2026, 6, 8)),
        (Level.ORDINARY, date(2026, 6, 15)),
        (None, date(2026, 6, 15)),
        (Level.LENIENT, date(2026, 7, 1)),
    ],
)
def test_the_next_report_follows_the_level_and_is_to_be_verified(
    level: Level | None, due: date
) -> None:
    found = one(replace(SETTLED, level=level), C.PERIODIC_REPORT)
    assert (found.due, found.sure) == (due, False)


def test_the_first_report_counts_from_reporting_in() -> None:
    facts = replace(SETTLED, last_periodic_report_on=None)
    assert one(facts, C.PERIODIC_REPORT).due == date(2026, 3, 23)


def test_serving_outside_the_body_is_reported_monthly_and_the_illness_reviewed() -> None:
    facts = replace(
        SETTLED,
        category=Category.TEMPORARY_SERVICE,
        released_for_treatment=True,
        last_body_report_on=date(2026, 5, 3),
        last_illness_review_on=date(2026, 3, 31),
    )
    assert one(facts, C.BODY_REPORT).due == date(2026, 6, 30)
    assert one(facts, C.ILLNESS_REVIEW).due == date(2026, 6, 30)
    nursing = replace(facts, released_for_treatment=False)
    assert C.ILLNESS_REVIEW not in open_codes(nursing)
    assert C.BODY_REPORT not in open_codes(SETTLED)


def test_a_prohibition_order_shows_two_weeks_before_it_ends_and_not_after() -> None:
    facts = replace(
        SETTLED, prohibition_orders=(ProhibitionFacts("p1", date(2026, 3, 2), date(2026, 6, 20)),)
    )
    found = one(facts, C.PROHIBITION_ENDS)
    assert (found.subject, found.begins, found.due) == (
        "p1",
        date(2026, 6, 6),
        date(2026, 6, 20),
    )
    assert C.PROHIBITION_ENDS not in open_codes(facts, date(2026, 6, 21))


ORDER = MonitoringFacts("m1", date(2026, 4, 1), date(2026, 6, 30), device_worn=True)


def test_a_monitoring_order_is_reassessed_from_14_days_before_and_urgently_from_7() -> None:
    facts = replace(SETTLED, monitoring_orders=(ORDER,))
    found = one(facts, C.REASSESS_MONITORING)
    assert (found.begins, found.due, found.subject) == (
        date(2026, 6, 16),
        date(2026, 6, 30),
        "m1",
    )
    assert found not in on_the_desk(obligations(facts, date(2026, 6, 15)), date(2026, 6, 15))
    assert not reassessment_is_urgent(date(2026, 6, 30), date(2026, 6, 22))
    assert reassessment_is_urgent(date(2026, 6, 30), date(2026, 6, 23))


def test_nothing_is_reassessed_that_is_followed_lifted_or_ends_with_the_case() -> None:
    nxt = MonitoringFacts("m2", date(2026, 7, 1), date(2026, 9, 30))
    followed = replace(SETTLED, monitoring_orders=(ORDER, nxt))
    assert [o.subject for o in obligations(followed, TODAY) if o.code is C.REASSESS_MONITORING] == [
        "m2"
    ]
    lifted = replace(SETTLED, monitoring_orders=(replace(ORDER, lifted_on=date(2026, 6, 1)),))
    assert C.REASSESS_MONITORING not in open_codes(lifted)
    at_end = replace(SETTLED, last_day=date(2026, 6, 30), monitoring_orders=(ORDER,))
    assert C.REASSESS_MONITORING not in open_codes(at_end)


def test_a_band_worn_after_its_order_is_overdue_even_when_the_case_has_ended() -> None:
    facts = replace(SETTLED, monitoring_orders=(ORDER,))
    assert C.TAKE_DEVICE_BACK not in open_codes(facts, date(2026, 6, 30))
    late = one(facts, C.TAKE_DEVICE_BACK, date(2026, 7, 1))
    assert standing(late.due, date(2026, 7, 1)) is Standing.OVERDUE
    ended = replace(facts, ended_on=date(2026, 6, 8))
    assert open_codes(ended) == {C.TAKE_DEVICE_BACK}
    off = replace(SETTLED, monitoring_orders=(replace(ORDER, device_worn=False),))
    assert C.TAKE_DEVICE_BACK not in open_codes(off, date(2026, 7, 1))


def test_a_band_carried_on_by_the_next_order_stays_on() -> None:
    nxt = MonitoringFacts("m2", date(2026, 7, 1), date(2026, 9, 30))
    facts = replace(SETTLED, monitoring_orders=(ORDER, nxt))
    assert C.TAKE_DEVICE_BACK not in open_codes(facts, date(2026, 7, 2))


def test_the_summary_is_due_thirty_days_before_the_end_and_discharge_at_the_end() -> None:
    facts = replace(SETTLED, last_day=date(2026, 10, 3))
    assert one(facts, C.PERSONAL_SUMMARY).due == date(2026, 9, 3)
    assert not one(facts, C.PERSONAL_SUMMARY).sure
    # a Saturday within a holiday: a term does not move
    assert one(facts, C.DISCHARGE).due == date(2026, 10, 3)
    assert one(facts, C.DISCHARGE).sure
    done = replace(facts, personal_summary_on=date(2026, 9, 1))
    assert C.PERSONAL_SUMMARY not in open_codes(done)


def test_a_case_that_ended_owes_nothing() -> None:
    assert open_codes(replace(SETTLED, ended_on=date(2026, 6, 9))) == set()


def test_they_come_soonest_first_and_give_a_next_deadline() -> None:
    found = obligations(replace(NEW, reported_on=date(2026, 3, 9)), TODAY, calendar=CALENDAR)
    days = [o.due or date.min for o in found]
    assert days == sorted(days)
    assert next_deadline(found) == date(2026, 3, 23)
    assert next_deadline(()) is None


def test_every_obligation_speaks_both_languages_and_names_an_article() -> None:
    facts = replace(NEW, category=Category.TEMPORARY_SERVICE, sex=Sex.FEMALE, born=date(2009, 1, 1))
    taken_in = replace(facts, reported_on=date(2026, 3, 9), released_for_treatment=True)
    for found in (*obligations(facts, TODAY), *obligations(taken_in, TODAY)):
        assert found.title_zh and found.title_en and found.basis_zh and found.basis_en
        assert found.articles


def test_a_term_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-01"):
        replace(NEW, last_day=date(2026, 3, 1))
