"""A supervised person. Names stay readable; numbers, addresses and health are sealed."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from guitu.base.codes import Sex
from guitu.base.models import Account, DataKey, Organisation
from guitu.base.scope import ScopedModel

#: The history's rows of a row: ``person.history``; ``events`` is the timeline's.
HISTORY = pghistory.ObjForeignKey(related_name="history")


@pghistory.track(
    model_name="PersonHistory",
    obj_field=HISTORY,
    exclude=["tokens", "facets", "name_key", "scope_keys", "current_case", "photo_sealed"],
)
class Person(ScopedModel):
    """One human being, whatever the number of cases.

    ``*_sealed`` columns hold ciphertext under the person's own data key; ``*_hash`` the keyed hash
    by which a whole number is found; ``*_mask`` what lists may show. ``tokens``, ``facets``,
    ``name_key``, ``scope_keys`` and ``current_case`` are derived (see ``people.search``,
    ``people.derived`` and ``base.scope``). The history leaves out what is derived, and the
    photograph, which it would copy at each change.
    """

    scope_path = ""

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    former_name = models.CharField(max_length=60, blank=True)
    sex = models.CharField(max_length=1, choices=Sex.choices)
    birth_date = models.DateField()
    nationality = models.CharField(max_length=2, default="01")  # GB/T 3304 民族; 01 汉族
    education = models.CharField(max_length=2, blank=True)  # 文化程度 of SF/T 0015
    employment = models.CharField(max_length=2, blank=True)  # 就业就学情况 of SF/T 0015

    data_key = models.OneToOneField(DataKey, models.PROTECT)
    id_number_sealed = models.BinaryField(blank=True)
    id_number_hash = models.CharField(max_length=32, blank=True)
    id_number_mask = models.CharField(max_length=20, blank=True)
    phone_sealed = models.BinaryField(blank=True)
    phone_hash = models.CharField(max_length=32, blank=True)
    phone_mask = models.CharField(max_length=20, blank=True)
    address_sealed = models.BinaryField(blank=True)
    address_area = models.CharField(max_length=60, blank=True)  # township or street, no door
    health_sealed = models.BinaryField(blank=True)
    photo_sealed = models.BinaryField(blank=True)

    office = models.ForeignKey(Organisation, models.PROTECT, related_name="persons")
    officer = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="own_persons"
    )
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Derived. name_key: pinyin for Chinese order; tokens: what search finds; facets: what lists
    # filter by, of the current case ("category:02", "level:strict", "state:active", "key").
    name_key = models.CharField(max_length=200, editable=False)
    tokens = ArrayField(models.CharField(max_length=40), editable=False, default=list)
    facets = ArrayField(models.CharField(max_length=24), editable=False, default=list)
    current_case = models.ForeignKey(
        "people.Case", models.SET_NULL, null=True, editable=False, related_name="+"
    )
    scope_keys = ArrayField(models.BigIntegerField(), editable=False, default=list)

    class Meta(ScopedModel.Meta):
        ordering = ["name_key", "id"]
        indexes = [
            GinIndex(fields=["tokens"], name="person_tokens", fastupdate=False),
            GinIndex(fields=["facets"], name="person_facets", fastupdate=False),
            GinIndex(fields=["scope_keys"], name="person_scope", fastupdate=False),
            models.Index(fields=["name_key", "id"], name="person_order"),
            models.Index(fields=["office", "name_key", "id"], name="person_office_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_hash"],
                name="person_id_number_once",
                condition=~models.Q(id_number_hash=""),
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(model_name="ContactHistory", obj_field=HISTORY)
class Contact(ScopedModel):
    """Somebody around the person: family, guarantor, employer."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts")
    relation = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    phone_sealed = models.BinaryField(blank=True)
    phone_mask = models.CharField(max_length=20, blank=True)
    guarantor = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.relation} {self.name}"
