"""The persons of the demo city, one after the other, as rows for ``people.bulk``.

A pure function of (seed, today, staff): the same city each time. Rows come as a stream, so that a
hundred thousand need no more memory than a thousand; only those who wear a band are remembered.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from guitu.law.term import Length, Term, last_day
from guitu.people.bulk import CaseRow, OrderRow, PersonRow, ProhibitionRow
from guitu.people.judgment import Judgment
from guitu.people.models import CaseState, EventKind
from guitu.people.services import Identity
from guitu.sim import around, names, sentences, watching
from guitu.sim.civil import local
from guitu.sim.history import Lines, routine
from guitu.sim.staff import TOUR_DISTRICT, TOUR_OFFICE, County, Staff
from guitu.sim.watching import Signer, Watched

TWO_YEARS_DAYS = 730
#: So many persons of the tour's office come first, so that its officers have a full day.
TOUR_PERSONS = 44
TOUR_BANDS = 12
_PLACES = (
    "各类娱乐场所、酒吧",
    "中小学校园及其周边二百米",
    "赌博、棋牌场所",
    "被害人住所所在小区",
    "网吧、电子游戏厅",
)
_ACTIVITIES = ("从事高消费活动", "从事证券、期货等投资活动", "驾驶机动车")
_CONTACTS = ("接触同案人员", "接触被害人及其近亲属")


@dataclass(slots=True)
class City:
    """The register to be: parameters in, rows out, and who is watched."""

    seed: int
    today: date
    persons: int
    wristbands: int
    staff: Staff
    watched: list[Watched] = field(default_factory=list)
    past: list[Watched] = field(default_factory=list)
    _left: int = 0
    _past_left: int = 0
    _chance: float = 0.0
    _births: defaultdict[tuple[date, bool], int] = field(default_factory=lambda: defaultdict(int))
    _papers: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def rows(self, county: County) -> Iterator[PersonRow]:
        """Everybody of a county, in order. Ask county by county, each once."""
        bands = self._bands()[county.district.code]
        self._left = bands
        self._past_left = max(1, bands // 20) if bands else 0
        counties = self.staff.counties
        shares = [each.district.share for each in counties]
        here = []
        for index in range(self.persons):
            drawn = random.Random(f"{self.seed} district {index}").choices(counties, shares)[0]
            tour = county.district.code == TOUR_DISTRICT
            if tour if index < min(TOUR_PERSONS, self.persons) else drawn is county:
                here.append(index)
        for done, index in enumerate(here):
            # About four in ten can wear one; the nearer the end, the surer what is left is given.
            self._chance = min(1.0, max(0, self._left) / (0.4 * (len(here) - done)))
            yield _Maker(self, index, county).person()

    def _bands(self) -> dict[str, int]:
        """How many bands each county gets: by its share, all of them given out."""
        counties = self.staff.counties
        exact = [self.wristbands * county.district.share for county in counties]
        given = [int(each) for each in exact]
        rest = sorted(range(len(exact)), key=lambda n: given[n] - exact[n])
        for n in rest[: self.wristbands - sum(given)]:
            given[n] += 1
        return {c.district.code: n for c, n in zip(counties, given, strict=True)}

    @property
    def dense(self) -> bool:
        """Whether timelines are written in full."""
        return self.persons <= 20_000

    def paper(self, county: str, year: int) -> int:
        """The next number of a county's papers in a year."""
        self._papers[county, year] += 1
        return self._papers[county, year]

    def id_number(self, born: date, *, woman: bool) -> str:
        """An identity number nobody else has in this city."""
        index = self._births[born, woman]
        self._births[born, woman] += 1
        return names.identity_number(index, born=born, woman=woman)


class _Maker:
    """One person."""

    def __init__(self, city: City, index: int, county: County) -> None:
        self.city, self.index, self.county = city, index, county
        self.rng = random.Random(f"{city.seed} person {index}")
        self.today = city.today
        self.tour = index < min(TOUR_PERSONS, city.persons)
        self.office = county.offices[TOUR_OFFICE] if self.tour else self.rng.choice(county.offices)
        keepers = self.office.officers
        # Of the tour's office most are the documented officer's own.
        first = self.tour and index % 4 != 3
        self.officer = keepers[0] if first else self.rng.choice(keepers)
        self.category = self.rng.choices(
            list(sentences.CATEGORY_SHARES), list(sentences.CATEGORY_SHARES.values())
        )[0]
        self.woman = self.rng.random() < 0.14
        self.number = f"320100{city.today.year - 2}{index + 1:06d}"

    def person(self) -> PersonRow:
        rng = self.rng
        minor = self.category == sentences.PROBATION and rng.random() < 0.008
        effective = self._effective()
        born = self._born(effective, minor=minor)
        name = names.personal_name(rng, woman=self.woman)
        area = self.county.district.name
        address, area = names.address(rng, district=area, town=self.office.town)
        judged = self._judgment(effective, minor=minor)
        case = self._case(judged, minor=minor, suffix=1)
        cases = [case]
        if not minor and self.category == sentences.PROBATION and rng.random() < 0.02:
            earlier = self._earlier(effective)
            if earlier is not None:
                cases.insert(0, earlier)
        identity = Identity(
            name=name,
            sex="2" if self.woman else "1",
            birth_date=born,
            id_number=self.city.id_number(born, woman=self.woman),
            phone=names.mobile(self.index),
            address=address,
            address_area=area,
            health="慢性心力衰竭，按期复查。" if judged.released_for_treatment else "",
        )
        return PersonRow(
            number=self.number,
            identity=identity,
            office_id=self.office.unit.pk,
            officer_id=self.officer.pk,
            cases=tuple(cases),
            contacts=around.contacts(
                rng,
                index=self.index,
                town=self.office.town,
                woman=self.woman,
                minor=minor,
                guarantor=self.category == sentences.OUTSIDE,
            ),
        )

    # ── when, who ────────────────────────────────────────────────────────────────────────────

    def _effective(self) -> date:
        """Within the last two years; a few so lately that they have not reported in."""
        rng = self.rng
        if not self.tour and rng.random() < 0.006:
            return self.today - timedelta(days=rng.randint(1, 9))
        low = 60 if self.tour else 14
        return self.today - timedelta(days=rng.randint(low, 330 if self.tour else TWO_YEARS_DAYS))

    def _born(self, effective: date, *, minor: bool) -> date:
        rng = self.rng
        if minor:
            return effective - timedelta(days=round(rng.uniform(16.2, 17.7) * 365.25))
        years = min(76.0, max(18.6, rng.gauss(40, 12)))
        return effective - timedelta(days=round(years * 365.25) + rng.randint(0, 200))

    def _judgment(self, effective: date, *, minor: bool) -> Judgment:
        court = self.county.court.name
        sign = f"苏01{self.county.district.code[-2:]}"
        number = self.city.paper(sign, effective.year)
        if minor:
            return sentences.minor_probation(
                self.rng, effective=effective, court=court, number=number, county=sign
            )
        return sentences.judgment(
            self.rng, self.category, effective=effective, court=court, number=number, county=sign,
            woman=self.woman,
        )  # fmt: skip

    def _earlier(self, effective: date) -> CaseRow | None:
        """An earlier suspended detention, long over: it makes nobody a recidivist (PC 65)."""
        start = effective - timedelta(days=self.rng.randint(700, 1300))
        if start < date(2020, 9, 1):
            return None
        sign = f"苏01{self.county.district.code[-2:]}"
        judged = Judgment(
            category="02", deciding_organ=self.county.court.name,
            judgment_number=f"（{start.year}）{sign}刑初{self.city.paper(sign, start.year)}号",
            judgment_date=start - timedelta(days=12), effective_date=start,
            offence="危险驾驶罪", offence_class="02", sentence_kind="04", sentence="2个月",
            test_period="4个月", added_penalties="罚金人民币3000元",
        )  # fmt: skip
        return self._case(judged, minor=False, suffix=0)

    # ── a case ───────────────────────────────────────────────────────────────────────────────

    def _case(self, judged: Judgment, *, minor: bool, suffix: int) -> CaseRow:
        rng, today = self.rng, self.today
        term = sentences.term(judged)
        effective = judged.effective_date
        lines = Lines(rng, officer_id=self.officer.pk, officer=self.officer.name, today=today)
        received = effective + timedelta(days=min(9, rng.randint(1, 7) + (rng.random() < 0.05) * 2))
        number = f"{self.number}{suffix}"
        if received > today:
            return CaseRow(
                number=number, judgment=judged, office_id=self.office.unit.pk,
                officer_id=self.officer.pk, state=CaseState.EXPECTED,
            )  # fmt: skip
        announced: date | None = received + timedelta(days=rng.choice((0, 0, 1, 2, 3, 5)))
        if announced is not None and announced > today:
            announced = None
        self._intake(lines, judged, received, announced)
        bans = self._bans(judged, term)
        for ban in bans:
            lines.add(
                EventKind.PROHIBITION, ban.start, text=f"{ban.content}，至{ban.end}",
                basis="PC 38(2)" if judged.category == "01" else "PC 72(2)",
            )  # fmt: skip
        state, ended, reason = self._end(judged, term, received, lines)
        until = min(ended or today, today)
        routine(lines, received, until, dense=self.city.dense)
        level, key = self._level(lines, received, until)
        orders: tuple[OrderRow, ...] = ()
        if state == CaseState.ACTIVE and suffix:
            orders = self._watch(judged, term, bans, lines, number)
        if orders:
            level, key = "strict", True
        team = around.team(
            rng, lines, officer=self.officer, worker=self.office.social_worker, since=received,
            woman=self.woman, minor=minor, whole=self.tour,
        )  # fmt: skip
        due = around.Reports(rng, judged, term, received, until, level)
        return CaseRow(
            number=number,
            judgment=judged,
            office_id=self.office.unit.pk,
            officer_id=self.officer.pk,
            state=state,
            received_on=received,
            announced_on=announced,
            ended_on=ended,
            end_reason=reason,
            level=level,
            key_management=key,
            special_management=minor,
            last_report_on=due.last_report,
            last_body_report_on=due.last_body,
            last_review_on=due.last_review,
            summary_on=due.summary,
            team=team,
            prohibition_orders=bans,
            monitoring_orders=orders,
            events=lines.sorted(),
        )

    def _intake(
        self, lines: Lines, judged: Judgment, received: date, announced: date | None
    ) -> None:
        lines.add(
            EventKind.REGISTERED, received, text=f"{judged.offence}，{judged.judgment_number}",
            basis="CCL 22", whole_day=False, at=local(received, 9, self.rng.randint(0, 50)),
        )  # fmt: skip
        late = (received - judged.effective_date).days
        basis = "CCL 21(1)" if judged.category != "04" else "CCL 21(3)"
        text = f"文书生效后第{late}日到社区矫正中心报到。"
        lines.add(
            EventKind.REPORTED_IN, received, text=text, basis=basis, whole_day=False,
            at=local(received, 10, self.rng.randint(0, 50)),
        )  # fmt: skip
        if announced:
            lines.add(EventKind.ANNOUNCED, announced, basis="CCL 22")

    def _bans(self, judged: Judgment, term: Term) -> tuple[ProhibitionRow, ...]:
        """A prohibition order over the whole term, or a part of it above the floor (POR 6)."""
        rng = self.rng
        if judged.category not in ("01", "02") or rng.random() > 0.07:
            return ()
        floor = Length(months=3 if judged.category == "01" else 2)
        end = term.last_day
        half = last_day(term.first_day, Length(months=6))
        if half < end and rng.random() < 0.4:
            end = half
        if end < last_day(term.first_day, floor):
            return ()
        kind, content = rng.choice(
            [("place", f"禁止进入{p}") for p in _PLACES]
            + [("activity", f"禁止{a}") for a in _ACTIVITIES]
            + [("contact", f"禁止{c}") for c in _CONTACTS]
        )
        return (ProhibitionRow(kind=kind, content=content, start=term.first_day, end=end),)

    def _end(
        self, judged: Judgment, term: Term, received: date, lines: Lines
    ) -> tuple[CaseState, date | None, str]:
        rng, today = self.rng, self.today
        revocable = judged.category != "01"
        if not self.tour and revocable and rng.random() < 0.012:
            on = received + timedelta(days=rng.randint(60, 300))
            if on < min(term.last_day, today):
                word = (
                    "收监执行"
                    if judged.category == "04"
                    else "撤销" + ("缓刑" if judged.category == "02" else "假释")
                )
                lines.add(
                    EventKind.WARNING, on - timedelta(days=40), text="两次警告后仍不改正。",
                    basis="CCL 28",
                )  # fmt: skip
                lines.add(EventKind.TERMINATED, on, text=f"{word}，终止社区矫正。", basis="CCL 45")
                return CaseState.TERMINATED, on, word
        if term.last_day < today:
            lines.add(EventKind.DISCHARGED, term.last_day, text="期满，依法解除。", basis="CCL 44")
            return CaseState.DISCHARGED, term.last_day, "期满"
        return CaseState.ACTIVE, None, ""

    def _level(self, lines: Lines, received: date, until: date) -> tuple[str, bool]:
        """Strict for three months, then ordinary, then for the steady ones lenient."""
        rng = self.rng
        level = "strict"
        first = received + timedelta(days=92)
        if first <= until:
            level = "ordinary"
            lines.add(
                EventKind.LEVEL, first, "严管调整为普管", "入矫三个月，考核合格。", basis="CCL 24"
            )
        second = received + timedelta(days=rng.randint(200, 300))
        if second <= until and rng.random() < 0.5:
            level = "lenient"
            lines.add(EventKind.LEVEL, second, "普管调整为宽管", "连续考核良好。", basis="CCL 24")
            if rng.random() < 0.3:
                lines.add(
                    EventKind.COMMENDATION, second + timedelta(days=20), text="接受教育、遵守规定表现突出。",
                    basis="CCL 28",
                )  # fmt: skip
        if rng.random() < 0.05 and (until - received).days > 60:
            on = received + timedelta(days=rng.randint(30, 60))
            lines.add(
                EventKind.ADMONITION, on, text="未按时提交书面报告，给予训诫。", basis="CCL 28"
            )
        return level, rng.random() < 0.06

    # ── who wears a band ─────────────────────────────────────────────────────────────────────

    def _watch(
        self,
        judged: Judgment,
        term: Term,
        bans: tuple[ProhibitionRow, ...],
        lines: Lines,
        case_number: str,
    ) -> tuple[OrderRow, ...]:
        city, rng = self.city, self.rng
        banned = any(ban.start <= self.today <= ban.end for ban in bans)
        tour_full = self.tour and sum(w.tour for w in city.watched) >= TOUR_BANDS
        if (city._left <= 0 and city._past_left <= 0) or tour_full:
            return ()
        if not (banned or self.tour or rng.random() < city._chance):
            return ()
        ground = rng.choice(watching.grounds_open(judged.category, prohibited=banned))
        county = self.county
        signer = Signer(
            county.bureau_head.pk, county.bureau_head.name, f"宁{county.district.short}矫"
        )
        number = city.paper(f"orders of {signer.sign}", 0)
        common: dict[str, Any] = {
            "ground": ground,
            "term": term,
            "signer": signer,
            "number": number,
        }
        over = not self.tour and city._past_left > 0 and (rng.random() < 0.12 or city._left <= 0)
        if over:
            orders = watching.orders_past(
                rng, **common, today=self.today, lines=lines, lifted=not city.past
            )
            city._past_left -= bool(orders)
        elif city._left > 0:
            orders = watching.orders_in_force(rng, **common, today=self.today, lines=lines)
            city._left -= bool(orders)
        else:
            orders = ()
        if orders:
            (city.past if over else city.watched).append(
                Watched(
                    person_number=self.number,
                    case_number=case_number,
                    district=county.district.code,
                    office=self.office.unit.pk,
                    town=self.office.town,
                    centre=self.office.centre,
                    orders=orders,
                    tour=self.tour and self.officer is self.office.officers[0],
                )
            )
        return orders
