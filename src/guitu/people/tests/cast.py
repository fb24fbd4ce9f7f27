"""The shared cast: one city, two counties, three justice offices, and everybody who works there.

``cast`` is a pytest fixture; other rooms import it into their tests. Persons are made by the
services, so their derived columns are true.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.identity import check_digit
from guitu.base.models import Account, Organisation, Oversight, Post
from guitu.base.roles import DEFAULT_SCOPE, Role
from guitu.people import services
from guitu.people.models import Case, Person

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)  # 09:12 in Shanghai
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody: ``person`` is of ``office`` and ``officer``; ``foreign_person`` of another county."""

    province: Organisation
    city: Organisation
    county: Organisation
    office: Organisation
    sister_office: Organisation
    other_county: Organisation
    other_office: Organisation
    procuratorate: Organisation
    officer: Account
    office_head: Account
    sister_officer: Account
    body_officer: Account
    body_head: Account
    bureau_head: Account
    city_officer: Account
    province_officer: Account
    duty_operator: Account
    social_worker: Account
    procurator: Account
    outsider: Account
    other_bureau_head: Account
    administrator: Account
    security_officer: Account
    auditor: Account
    nobody: Account
    person: Person
    case: Case
    sister_person: Person
    foreign_person: Person
    foreign_case: Case

    @property
    def accounts(self) -> dict[str, Account]:
        """All accounts by their name in the cast."""
        return {
            name: value
            for name in self.__dataclass_fields__
            if isinstance(value := getattr(self, name), Account)
        }


def unit(kind: str, code: str, name: str, parent: Organisation | None = None) -> Organisation:
    """An organisation under ``parent``, its path set."""
    made = Organisation.objects.create(
        parent=parent, kind=kind, code=code, name=name, short_name=name, path=""
    )
    made.path = f"{parent.path}.{made.pk}" if parent else str(made.pk)
    made.save()
    return made


def account(username: str, name: str, role: Role | None, at: Organisation | None) -> Account:
    """An account with one post since 2020, in the role's usual scope."""
    made = Account(username=username, name=name, organisation=at)
    made.set_unusable_password()
    made.save()
    if role is not None and at is not None:
        Post.objects.create(
            account=made, organisation=at, role=role, scope=DEFAULT_SCOPE[role],
            since=date(2020, 7, 1),
        )  # fmt: skip
    return made


def id_number(born: date, *, male: bool = True) -> str:
    """A fictional number of region 000000 with a right check digit."""
    serial = next(_serial) * 2 + (1 if male else 0)
    first = f"000000{born:%Y%m%d}{serial % 1000:03d}"
    return first + check_digit(first)


def probation(**changes: object) -> services.Judgment:
    """缓刑: one year, tested for two, in force since 2026-03-12."""
    facts: dict[str, object] = {
        "category": "02",
        "deciding_organ": "鼓楼区人民法院",
        "judgment_number": f"（2026）苏0106刑初{next(_serial)}号",
        "judgment_date": date(2026, 3, 1),
        "effective_date": date(2026, 3, 12),
        "offence": "危险驾驶罪",
        "offence_class": "02",
        "sentence_kind": "03",
        "sentence": "1年",
        "test_period": "2年",
    } | changes
    return services.Judgment(**facts)  # type: ignore[arg-type]


def register(
    name: str,
    office: Organisation,
    officer: Account,
    *,
    born: date = date(1991, 6, 3),
    sex: str = "1",
) -> Person:
    """A person in the register of ``office``."""
    return services.register_person(
        services.Identity(
            name=name,
            sex=sex,
            birth_date=born,
            id_number=id_number(born, male=sex == "1"),
            phone=f"1380000{next(_serial):04d}",
            address="湖南路1号1单元101室",
            address_area="湖南路街道",
        ),
        office=office,
        officer=officer,
        by=officer,
        at=NOW,
    )


def make_cast() -> Cast:
    """Write the whole cast into the database of the test."""
    with audit.acting(audit.Source(via="host", actor_id=None, actor="cast")):
        return _make()


def _make() -> Cast:
    kind = OrganisationKind
    province = unit(kind.PROVINCE, "320000", "省社区矫正管理局")
    city = unit(kind.CITY, "320100", "市社区矫正管理局", province)
    county = unit(kind.BODY, "320106", "鼓楼区社区矫正机构", city)
    other_county = unit(kind.BODY, "320115", "江宁区社区矫正机构", city)
    office = unit(kind.OFFICE, "320106002", "鼓楼区湖南路司法所", county)
    sister_office = unit(kind.OFFICE, "320106003", "鼓楼区宁海路司法所", county)
    other_office = unit(kind.OFFICE, "320115001", "江宁区东山司法所", other_county)
    procuratorate = unit(kind.PROCURATORATE, "P320106", "鼓楼区人民检察院")
    Oversight.objects.create(overseer=procuratorate, unit=county)
    officer = account("officer", "周岚", Role.OFFICER, office)
    sister_officer = account("sister", "方圆", Role.OFFICER, sister_office)
    outsider = account("outsider", "邻县人", Role.OFFICER, other_office)
    social_worker = account("social", "丁一鸣", Role.SOCIAL_WORKER, office)
    person = register("顾怀远", office, officer)
    case = services.open_case(
        person, probation(), received_on=date(2026, 3, 18), by=officer, at=NOW
    )
    services.add_team_member(
        case, role="social_worker", name="", sex="2", account=social_worker,
        since=date(2026, 3, 18), by=officer, at=NOW,
    )  # fmt: skip
    sister_person = register("欧阳静", sister_office, sister_officer, sex="2")
    services.open_case(
        sister_person, probation(), received_on=date(2026, 3, 18), by=sister_officer, at=NOW
    )
    foreign_person = register("郑启航", other_office, outsider)
    foreign_case = services.open_case(
        foreign_person, probation(), received_on=date(2026, 3, 18), by=outsider, at=NOW
    )
    for row in (person, sister_person, foreign_person, case, foreign_case):
        row.refresh_from_db()
    return Cast(
        province=province,
        city=city,
        county=county,
        office=office,
        sister_office=sister_office,
        other_county=other_county,
        other_office=other_office,
        procuratorate=procuratorate,
        officer=officer,
        office_head=account("head", "秦所长", Role.OFFICE_HEAD, office),
        sister_officer=sister_officer,
        body_officer=account("body", "丁伟", Role.BODY_OFFICER, county),
        body_head=account("bodyhead", "沈科长", Role.BODY_HEAD, county),
        bureau_head=account("bureau", "林局长", Role.BUREAU_HEAD, county),
        city_officer=account("city", "市处长", Role.CITY_OFFICER, city),
        province_officer=account("province", "省处长", Role.PROVINCE_OFFICER, province),
        duty_operator=account("duty", "值班员", Role.DUTY_OPERATOR, county),
        social_worker=social_worker,
        procurator=account("procurator", "检察官", Role.PROCURATOR, procuratorate),
        outsider=outsider,
        other_bureau_head=account("otherbureau", "邻县局长", Role.BUREAU_HEAD, other_county),
        administrator=account("sysadmin", "系统管理员", Role.ADMINISTRATOR, city),
        security_officer=account("security", "安全管理员", Role.SECURITY_OFFICER, city),
        auditor=account("auditor", "审计员", Role.AUDITOR, city),
        nobody=account("nobody", "没有岗位", None, None),
        person=person,
        case=case,
        sister_person=sister_person,
        foreign_person=foreign_person,
        foreign_case=foreign_case,
    )


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody who is needed to say who may see whom."""
    return make_cast()
