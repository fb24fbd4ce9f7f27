"""In a request no person's row is read without a scope, whatever the way it is asked for."""

import asyncio

import pytest
from django.db.models import Count, Prefetch

from guitu.base.models import Organisation
from guitu.base.scope import NotScoped, guarded
from guitu.people.models import Case, Person
from guitu.people.tests.cast import cast

__all__ = ["cast"]

pytestmark = pytest.mark.django_db

WAYS = {
    "list": lambda q: list(q),
    "bool": lambda q: bool(q),
    "len": lambda q: len(q),
    "index": lambda q: q[0],
    "slice": lambda q: list(q[:1]),
    "get": lambda q: q.get(number=1),
    "first": lambda q: q.first(),
    "last": lambda q: q.last(),
    "latest": lambda q: q.latest("pk"),
    "earliest": lambda q: q.earliest("pk"),
    "exists": lambda q: q.exists(),
    "contains": lambda q: q.contains(Person(pk=1)),
    "count": lambda q: q.count(),
    "aggregate": lambda q: q.aggregate(n=Count("pk")),
    "iterator": lambda q: next(q.iterator()),
    "in_bulk": lambda q: q.in_bulk(),
    "in_bulk ids": lambda q: q.in_bulk([1]),
    "values": lambda q: list(q.values("name")),
    "values_list": lambda q: list(q.values_list("name", flat=True)),
    "dates": lambda q: list(q.dates("birth_date", "year")),
    "only": lambda q: list(q.only("name")),
    "select_related": lambda q: list(q.select_related("office")),
    "annotate": lambda q: list(q.annotate(n=Count("cases"))),
    "distinct": lambda q: list(q.order_by("name").distinct()),
    "union": lambda q: list(q.union(q)),
    "intersection": lambda q: list(q.intersection(q)),
    "difference": lambda q: list(q.difference(q.filter(pk=1))),
    "or": lambda q: list(q | q.filter(pk=1)),
    "xor": lambda q: list(q ^ q.filter(pk=1)),
    "and": lambda q: list(q & q.filter(pk=1)),
    "explain": lambda q: q.explain(),
    "raw": lambda q: list(q.raw("SELECT * FROM people_person")),
    "update": lambda q: q.update(name="x"),
    "delete": lambda q: q.filter(pk=0).delete(),
    "get_or_create": lambda q: q.get_or_create(number="x"),
    "subquery": lambda q: list(Organisation.objects.filter(pk__in=q.values("office"))),
    "in": lambda q: list(Organisation.objects.filter(persons__in=q)),
    "async": lambda q: asyncio.run(_first(q)),
}


async def _first(rows):
    async for row in rows.aiterator():
        return row
    return None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "manager", [Person.objects, Person._base_manager], ids=["objects", "base manager"]
)
def test_an_unscoped_query_raises_whatever_the_way(cast, way, manager):
    with guarded(), pytest.raises(NotScoped, match="Person"):
        WAYS[way](manager.all())


def test_a_scoped_query_runs_in_every_way_of_combining(cast):
    with guarded():
        mine = Person.objects.visible_to(cast.officer)
        assert mine.get() == cast.person
        assert list(mine.values_list("pk", flat=True)) == [cast.person.pk]
        assert mine.in_bulk() == {cast.person.pk: cast.person}
        assert list(mine | mine) == list(mine & mine) == list(mine.union(mine)) == [cast.person]
        # What lies in both lies in the scoped one.
        assert list(Person.objects.all() & mine) == [cast.person]
        assert "Scan" in mine.explain()
        assert list(Case.objects.visible_to(cast.officer).filter(person__in=mine)) == [cast.case]


@pytest.mark.parametrize("way", ["or", "xor", "union"])
def test_a_scoped_query_cannot_smuggle_an_unscoped_one_in(cast, way):
    everybody = Person.objects.all()
    with guarded():
        mine = Person.objects.visible_to(cast.officer)
        nobody = Person.objects.none()
        for one, other in ((mine, everybody), (everybody, mine), (nobody, everybody)):
            with pytest.raises(NotScoped):
                list(
                    one | other
                    if way == "or"
                    else one ^ other
                    if way == "xor"
                    else one.union(other)
                )


def test_written_sql_does_not_take_over_a_scope(cast):
    query = "SELECT * FROM people_person"
    with guarded():
        with pytest.raises(NotScoped):
            list(Person.objects.visible_to(cast.officer).raw(query))
        assert len(list(Person.objects.unscoped("a test").raw(query))) == 3


def test_rows_of_a_person_that_was_shown_need_no_second_scope(cast):
    with guarded():
        person = Person.objects.visible_to(cast.officer).prefetch_related("cases").get()
        assert list(person.cases.all()) == [cast.case]
        case = Case.objects.visible_to(cast.officer).get()
        assert case.person == person
        assert list(case.person.cases.filter(pk=case.pk)) == [case]
        assert list(Case.objects.visible_to(cast.officer).prefetch_related("person")) == [case]
        person.refresh_from_db()
        deferred = Person.objects.visible_to(cast.officer).only("pk").get()
        assert deferred.name == cast.person.name


def test_the_persons_of_a_unit_or_an_account_need_a_scope(cast):
    with guarded():
        for owner in (cast.office.persons, cast.officer.own_persons):
            with pytest.raises(NotScoped):
                list(owner.all())
            assert list(owner.visible_to(cast.officer)) == [cast.person]
        with pytest.raises(NotScoped):
            list(Organisation.objects.prefetch_related("persons"))
        mine = Prefetch("persons", Person.objects.visible_to(cast.officer))
        units = Organisation.objects.prefetch_related(mine).filter(pk=cast.foreign_person.office_id)
        assert [list(found.persons.all()) for found in units] == [[]]
        # A case that was shown leads to its person, and from there not to the others of the unit.
        with pytest.raises(NotScoped):
            list(Case.objects.visible_to(cast.officer).get().person.office.persons.all())


def test_an_account_that_reaches_nothing_gets_nothing(cast):
    with guarded():
        for account in (cast.auditor, cast.administrator, cast.security_officer, cast.nobody):
            assert not list(Person.objects.visible_to(account))
            assert not cast.person.reachable_by(account)


def test_the_queryset_and_the_object_check_agree_for_everybody(cast):
    for account in cast.accounts.values():
        for permission in ("person.read", "person.write", "order.write", "track.read"):
            seen = set(Person.objects.visible_to(account, permission))
            for person in (cast.person, cast.sister_person, cast.foreign_person):
                assert (person in seen) is person.reachable_by(account, permission)
            cases = set(Case.objects.visible_to(account, permission))
            for case in (cast.case, cast.foreign_case):
                assert (case in cases) is case.reachable_by(account, permission)


def test_a_shared_fence_opens_its_versions_and_not_the_persons_it_watches(cast):
    from guitu.tracking.models import Fence

    with guarded():
        fence = Fence(organisation=cast.county, pk=1)
        assert list(fence.versions.all()) == []
        with pytest.raises(NotScoped):
            list(fence.subjects.all())


def test_nobody_deletes_a_whole_table_by_a_slip():
    assert not hasattr(Person.objects, "delete")


def test_an_unscoped_query_says_why(cast):
    with guarded():
        assert Person.objects.unscoped("a test").count() == 3
        with pytest.raises(ValueError, match="reason"):
            Person.objects.unscoped("")
