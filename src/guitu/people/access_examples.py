"""An example of every address of this room, own and foreign, for the test that walks the URL table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guitu.people.tests.cast import Cast


def examples(cast: Cast, *, foreign: bool = False) -> dict[str, dict[str, Any]]:
    """View name → its arguments, of rows in the test's database.

    ``foreign``: everything belongs to a person of another county, so every account of the cast's
    own county must get 404.
    """
    from guitu.people.models import Contact, MonitoringOrder

    person, case = (cast.foreign_person, cast.foreign_case) if foreign else (cast.person, cast.case)
    contact = Contact.objects.create(person=person, relation="父亲", name="某某")
    order = MonitoringOrder.objects.filter(case=case).first()
    by_person = ("person", "photo", "timeline", "history", "edit", "contact", "photo_new", "move")
    by_case = ("order_new", "report", "level", "team", "prohibition")
    found: dict[str, dict[str, Any]] = {
        f"people:{name}": {"pk": person.pk} for name in (*by_person, "case_new")
    }
    found |= {f"people:{name}": {"pk": case.pk} for name in by_case}
    found["people:step"] = {"pk": case.pk, "name": "end"}
    found["people:reveal"] = {"pk": person.pk, "column": "phone"}
    found["people:reveal_contact"] = {"pk": contact.pk}
    if order is not None:
        found["people:order"] = {"pk": order.pk}
    return found
