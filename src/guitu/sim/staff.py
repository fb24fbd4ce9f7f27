"""Who works in the demo city: organisations of the whole tree, and fictional people in every role.

The first account of each role bears the role's short name (``officer``, ``bureau_head`` …), all of
them in one district and one justice office, so that a tour sees the same persons from every desk.
All have one known password; `guitu demo` writes them into ``<home>/demo.json``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Organisation, Oversight, Post
from guitu.base.roles import DEFAULT_SCOPE, Role, Scope
from guitu.sim import geography, names
from guitu.sim.geography import DISTRICTS, District

#: Satisfies every rule of `base.passwords`; known to everybody, so only in a demo home.
PASSWORD = "Guitu-2026-demo"  # noqa: S105
#: Where the documented accounts work.
TOUR_DISTRICT = "320106"
TOUR_OFFICE = 5  # 江东司法所

_ONE_A_ROLE: tuple[tuple[str, Role], ...] = (
    ("officer", Role.OFFICER),
    ("office_head", Role.OFFICE_HEAD),
    ("body_officer", Role.BODY_OFFICER),
    ("body_head", Role.BODY_HEAD),
    ("bureau_head", Role.BUREAU_HEAD),
    ("city", Role.CITY_OFFICER),
    ("province", Role.PROVINCE_OFFICER),
    ("duty", Role.DUTY_OPERATOR),
    ("social_worker", Role.SOCIAL_WORKER),
    ("procurator", Role.PROCURATOR),
    ("administrator", Role.ADMINISTRATOR),
    ("security", Role.SECURITY_OFFICER),
    ("auditor", Role.AUDITOR),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A documented account, for ``demo.json`` and the sign-in page."""

    role: str
    username: str
    password: str


@dataclass(slots=True)
class Office:
    """A justice office: its unit, its place, and who works there."""

    unit: Organisation
    town: str
    centre: tuple[float, float]
    officers: list[Account] = field(default_factory=list)
    social_worker: Account | None = None


@dataclass(slots=True)
class County:
    """A district's body with its offices and its signers."""

    district: District
    body: Organisation
    court: Organisation
    bureau_head: Account
    body_officer: Account
    offices: list[Office] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody and everything that the register hangs on."""

    province: Organisation
    city: Organisation
    counties: tuple[County, ...]
    documented: tuple[DemoAccount, ...]
    accounts: int


def build(*, seed: int, today: date, persons: int) -> Staff:
    """Write the tree, the accounts and their posts, in the caller's transaction.

    ``persons`` decides how many officers an office has (about 40 persons each, at least two).
    """
    return _Builder(seed=seed, today=today, persons=persons).build()


class _Builder:
    def __init__(self, *, seed: int, today: date, persons: int) -> None:
        self.rng = random.Random(f"{seed} staff")
        self.since = today - timedelta(days=4 * 365)
        self.persons = persons
        # One derivation for all: Argon2 takes a tenth of a second, and the password is the same.
        self.password = make_password(PASSWORD)
        self.tour = dict(_ONE_A_ROLE)
        self.phone = 0
        self.accounts: list[Account] = []
        self.posts: list[Post] = []

    def build(self) -> Staff:
        kind = OrganisationKind
        province = self._unit(
            None, kind.PROVINCE, geography.PROVINCE_CODE, "江苏省社区矫正管理局", "省局"
        )
        city = self._unit(province, kind.CITY, geography.CITY_CODE, "南京市社区矫正管理局", "市局")
        city_court = self._unit(city, kind.COURT, "320100-FY", "江苏省南京市中级人民法院", "市中院")
        city_office = self._unit(
            city, kind.PROCURATORATE, "320100-JC", "江苏省南京市人民检察院", "市检察院"
        )
        self._unit(city, kind.POLICE, "320100-GA", "南京市公安局", "市公安局")
        self._unit(province, kind.PRISON, "320000-JY1", "江苏省归途监狱（演示）", "归途监狱")
        social = self._unit(
            city, kind.SOCIAL, "320100-SH1", "南京市同行社会工作服务中心（演示）", "同行社工"
        )
        Oversight.objects.create(overseer=city_office, unit=city)
        Oversight.objects.create(overseer=city_court, unit=city)
        self._account("province", Role.PROVINCE_OFFICER, province)
        self._account("city", Role.CITY_OFFICER, city)
        for n in (2, 3):
            self._account(f"city{n}", Role.CITY_OFFICER, city)
            self._account(f"city-duty{n}", Role.DUTY_OPERATOR, city)
        for username in ("administrator", "security", "auditor"):
            self._account(username, self.tour[username], city)
        self._account("city-procurator1", Role.PROCURATOR, city_office)
        counties = tuple(self._county(city, district, social) for district in DISTRICTS)
        self._write()
        documented = tuple(DemoAccount(role, name, PASSWORD) for name, role in _ONE_A_ROLE)
        return Staff(province, city, counties, documented, len(self.accounts))

    def _county(self, city: Organisation, district: District, social: Organisation) -> County:
        kind, code, slug = OrganisationKind, district.code, district.slug
        tour = code == TOUR_DISTRICT
        body = self._unit(
            city, kind.BODY, code, f"南京市{district.name}社区矫正管理局", f"{district.short}区局"
        )
        court = self._unit(
            body,
            kind.COURT,
            f"{code}-FY",
            f"南京市{district.name}人民法院",
            f"{district.short}法院",
        )
        office = self._unit(
            body, kind.PROCURATORATE, f"{code}-JC", f"南京市{district.name}人民检察院",
            f"{district.short}检察院",
        )  # fmt: skip
        self._unit(
            body, kind.POLICE, f"{code}-GA", f"南京市公安局{district.short}分局",
            f"{district.short}分局",
        )  # fmt: skip
        Oversight.objects.create(overseer=office, unit=body)
        Oversight.objects.create(overseer=court, unit=body)

        def named(word: str, plain: str) -> str:
            return word if tour else f"{slug}-{plain}"

        head = self._account(named("bureau_head", "bureau-head"), Role.BUREAU_HEAD, body)
        self._account(named("body_head", "body-head"), Role.BODY_HEAD, body)
        officer = self._account(named("body_officer", "body1"), Role.BODY_OFFICER, body)
        self._account(f"{slug}-body2", Role.BODY_OFFICER, body)
        self._account(named("duty", "duty1"), Role.DUTY_OPERATOR, body)
        self._account(f"{slug}-duty2", Role.DUTY_OPERATOR, body)
        self._account(named("procurator", "procurator1"), Role.PROCURATOR, office)
        county = County(district, body, court, head, officer)
        share = district.share * self.persons / len(district.towns)
        centres = geography.town_centres(code)
        for n, (town, centre) in enumerate(zip(district.towns, centres, strict=True), 1):
            unit = self._unit(body, kind.OFFICE, f"{code}{n:03d}", f"{town}司法所", f"{town}所")
            here = Office(unit, town, centre)
            first = tour and n == TOUR_OFFICE + 1
            count = max(2, min(12, round(share / 40)))
            for k in range(1, count + 1):
                username = "officer" if first and k == 1 else f"{slug}-{n:02d}-officer{k}"
                here.officers.append(self._account(username, Role.OFFICER, unit))
            username = "office_head" if first else f"{slug}-{n:02d}-head"
            self._account(username, Role.OFFICE_HEAD, unit)
            username = "social_worker" if first else f"{slug}-{n:02d}-social"
            here.social_worker = self._account(
                username, Role.SOCIAL_WORKER, unit, home=social if not first else unit
            )
            county.offices.append(here)
        return county

    def _unit(
        self, parent: Organisation | None, kind: OrganisationKind, code: str, name: str, short: str
    ) -> Organisation:
        self.phone += 1
        unit = Organisation(
            parent=parent, kind=kind, code=code, name=name, short_name=short,
            phone=names.landline(self.phone),
        )  # fmt: skip
        unit.save()
        unit.path = f"{parent.path}.{unit.pk}" if parent else str(unit.pk)
        unit.save(update_fields=["path"])
        return unit

    def _account(
        self, username: str, role: Role, unit: Organisation, *, home: Organisation | None = None
    ) -> Account:
        woman = self.rng.random() < 0.45
        account = Account(
            username=username,
            name=names.personal_name(self.rng, woman=woman)[:40],
            phone=names.mobile(90_000_000 + len(self.accounts)),
            organisation=home or unit,
            password=self.password,
            demo=True,
        )
        self.accounts.append(account)
        scope = DEFAULT_SCOPE.get(role, Scope.UNIT_BELOW)
        self.posts.append(
            Post(account=account, organisation=unit, role=role, scope=scope, since=self.since)
        )
        return account

    def _write(self) -> None:
        Account.objects.bulk_create(self.accounts)
        for post, account in zip(self.posts, self.accounts, strict=True):
            post.account = account
        Post.objects.bulk_create(self.posts)
