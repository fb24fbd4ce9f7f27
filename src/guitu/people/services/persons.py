"""Registering and changing persons, the people around them, and their photograph."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps, UnidentifiedImageError

from guitu.base import audit
from guitu.base.cipher import lookup_hash
from guitu.base.codes import OrganisationKind
from guitu.base.identity import (
    IdentityNumberError,
    birth_date_of,
    normalise_identity_number,
    normalise_phone,
)
from guitu.base.models import Account, DataKey, Organisation
from guitu.people import derived
from guitu.people.models import Contact, EventKind, Person
from guitu.people.sealed import COLUMNS, open_column, seal_contact, seal_numbers, seal_photo
from guitu.people.services.acts import WHY, act, civil, locked_person, next_number
from guitu.people.services.refusals import Fault, Refused, refuse
from guitu.people.timeline import happened

PHOTO_MAX_BYTES = 8 * 2**20
PHOTO_MAX_PX = 480
_PHOTO_MAX_PIXELS = 40_000_000
_MALE, _FEMALE = "1", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, in the clear; codes are those of ``guitu.base.codes``."""

    name: str
    sex: str
    birth_date: date
    former_name: str = ""
    nationality: str = "01"
    education: str = ""
    employment: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    address_area: str = ""
    health: str = ""


_PLAIN = (
    "name",
    "former_name",
    "sex",
    "birth_date",
    "nationality",
    "education",
    "employment",
    "address_area",
)


def checked(identity: Identity) -> Identity:
    """The identity with its numbers in one form; raises :class:`Refused` with every fault."""
    faults: list[Fault] = []
    name = " ".join(identity.name.split())
    if not name:
        faults.append(Fault("name", _("缺少姓名，请填写。")))
    number = identity.id_number
    if number.strip():
        try:
            number = normalise_identity_number(number)
        except IdentityNumberError as error:
            faults.append(Fault("id_number", str(error)))
        else:
            faults += _against_number(identity, number)
    phone = identity.phone
    if phone.strip():
        try:
            phone = normalise_phone(phone)
        except ValueError as error:
            faults.append(Fault("phone", str(error)))
    if faults:
        raise Refused(faults=faults)
    return replace(identity, name=name, id_number=number.strip(), phone=phone.strip())


def _against_number(identity: Identity, number: str) -> list[Fault]:
    found = []
    born = birth_date_of(number)
    if born != identity.birth_date:
        found.append(
            Fault(
                "birth_date",
                _("出生日期%(day)s与身份证号中的%(born)s不同，请核对证件。")
                % {"day": identity.birth_date, "born": born},
            )
        )
    said = _MALE if int(number[16]) % 2 else _FEMALE
    if identity.sex in (_MALE, _FEMALE) and identity.sex != said:
        found.append(Fault("sex", _("性别与身份证号第17位不符，请核对证件。")))
    return found


def register_person(
    identity: Identity,
    *,
    office: Organisation,
    officer: Account | None = None,
    number: str = "",
    demo: bool = False,
    by: Account,
    at: datetime,
) -> Person:
    """Take somebody into the register of ``office``.

    Raises :class:`Refused` for faults of the identity, for an office that is none, and for an
    identity number that is registered already.
    """
    identity = checked(identity)
    if office.kind != OrganisationKind.OFFICE:
        raise refuse("office", _("“%(unit)s”不是司法所，请选择司法所。") % {"unit": office.name})
    with act(by, reason=gettext_noop("接收登记")):
        _refuse_double(identity.id_number, but=None)
        key = DataKey.make()
        key.save(force_insert=True)
        person = Person(
            number=number or next_number(Person, office, year=civil(at).year, mark="-"),
            data_key=key,
            office=office,
            officer=officer,
            demo=demo,
        )
        _write(person, key, identity)
        person.save(force_insert=True)
        derived.refresh_person(person, today=civil(at))
        happened(person, EventKind.REGISTERED, at=at, by=by, text=office.name, basis="CCL 22")
        audit.record("person.register", obj=person, person_id=person.pk, actor=by, office=office.pk)
    return person


def change_person(
    person: Person, identity: Identity, *, reason: str, by: Account, at: datetime
) -> Person:
    """Put the person's data as ``identity`` says; the history keeps who, when and ``reason``.

    Raises :class:`Refused` without a reason, and as :func:`register_person` does.
    """
    if not reason.strip():
        raise refuse("reason", _("请写明为什么修改，历史记录里要能看懂。"))
    identity = checked(identity)
    with act(by, reason=reason):
        row = locked_person(person)
        before = identity_of(row)
        changed = [
            name for name in Identity.__dataclass_fields__
            if getattr(before, name) != getattr(identity, name)
        ]  # fmt: skip
        if not changed:
            return row
        _refuse_double(identity.id_number, but=row.pk)
        _write(row, row.data_key, identity)
        row.save()
        derived.refresh_person(row, today=civil(at))
        happened(row, EventKind.CHANGED, at=at, by=by, text=reason)
        audit.record(
            "person.change", obj=row, person_id=row.pk, actor=by, fields=changed, reason=reason
        )
    return row


def move_person(
    person: Person,
    *,
    office: Organisation,
    officer: Account | None,
    reason: str,
    by: Account,
    at: datetime,
) -> Person:
    """Give the person and the open case to another office or officer of the same county.

    Moving to another county is a transfer of supervision (CCL 27), with a procedure of its own:
    it is refused here.
    """
    if not reason.strip():
        raise refuse("reason", _("请写明为什么变更，历史记录里要能看懂。"))
    with act(by, reason=reason):
        row = locked_person(person)
        if office.code[:6] != row.office.code[:6]:
            raise refuse("office", _("跨区县属于执行地变更，不能直接改司法所。"))
        row.office, row.officer = office, officer
        row.save()
        for case in row.cases.filter(state__in=derived.OPEN_STATES).select_for_update():
            case.office, case.officer = office, officer
            case.save()
        derived.refresh_person(row, today=civil(at))
        happened(
            row,
            EventKind.CHANGED,
            at=at,
            by=by,
            title=gettext_noop("负责司法所变更"),
            text=f"{office.name}：{reason}",
        )
        audit.record(
            "person.move", obj=row, person_id=row.pk, actor=by, office=office.pk,
            officer=officer.pk if officer else None,
        )  # fmt: skip
    return row


def identity_of(person: Person) -> Identity:
    """The person's data in the clear, for a form that changes them (its reader is audited)."""
    values: dict[str, object] = {name: getattr(person, name) for name in _PLAIN}
    values |= {column: open_column(person, column) for column in COLUMNS}
    return Identity(**values)  # type: ignore[arg-type]


def add_contact(
    person: Person,
    *,
    relation: str,
    name: str,
    phone: str = "",
    guarantor: bool = False,
    by: Account,
    at: datetime,
) -> Contact:
    """Somebody around the person; the phone is sealed under the person's key."""
    if phone:
        try:
            phone = normalise_phone(phone)
        except ValueError as error:
            raise refuse("phone", str(error)) from None
    with act(by, reason=gettext_noop("登记联系人")):
        contact = Contact(person=person, relation=relation, name=name, guarantor=guarantor)
        seal_contact(contact, person.data_key, phone=phone)
        contact.save(force_insert=True)
        happened(
            person,
            EventKind.CHANGED,
            at=at,
            by=by,
            title=gettext_noop("登记联系人"),
            text=f"{relation} {name}",
        )
        audit.record("person.contact", obj=contact, person_id=person.pk, actor=by)
    return contact


def photograph(person: Person, image: bytes, *, by: Account, at: datetime) -> Person:
    """Keep a photograph: turned upright, at most 480 px, a fresh JPEG without what cameras add.

    Raises :class:`Refused` for what is no picture, or too large a one.
    """
    jpeg = small_jpeg(image)
    with act(by, reason=gettext_noop("更换照片")):
        row = locked_person(person)
        row.photo_sealed = seal_photo(row.data_key, jpeg)
        Person.objects.unscoped(WHY).filter(pk=row.pk).update(photo_sealed=row.photo_sealed)
        happened(row, EventKind.CHANGED, at=at, by=by, title=gettext_noop("更换照片"))
        audit.record("person.photograph", obj=row, person_id=row.pk, actor=by, bytes=len(jpeg))
    return row


def small_jpeg(image: bytes) -> bytes:
    """Re-encode a picture; only JPEG, PNG and WebP are read."""
    if len(image) > PHOTO_MAX_BYTES:
        raise refuse("photo", _("照片超过8 MB，请缩小后再传。"))
    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > _PHOTO_MAX_PIXELS:
                raise refuse("photo", _("照片超过4000万像素，请缩小后再传。"))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise refuse("photo", _("这个文件不是照片，请用 JPEG、PNG 或 WebP。")) from None
    upright.thumbnail((PHOTO_MAX_PX, PHOTO_MAX_PX))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def refresh_scope_keys(person: Person, *, today: date | None = None) -> None:
    """Reckon the derived columns again after the office, the officer or the team changed."""
    from django.utils import timezone

    derived.refresh_person(person, today=today or timezone.localdate())


def _write(person: Person, key: DataKey, identity: Identity) -> None:
    for name in _PLAIN:
        setattr(person, name, getattr(identity, name))
    sealed = {column: getattr(identity, column) for column in COLUMNS}
    seal_numbers(person, key, **sealed)


def _refuse_double(id_number: str, *, but: int | None) -> None:
    if not id_number:
        return
    same = (
        Person.objects.unscoped("one person is registered once, in whatever county")
        .filter(id_number_hash=lookup_hash("id", id_number))
        .exclude(pk=but)
        .values_list("number", flat=True)
        .first()
    )
    if same:
        raise refuse(
            "id_number",
            _("这个身份证号已经登记，编号%(number)s；同一人的新案件请在其名下登记。")
            % {"number": same},
        )
