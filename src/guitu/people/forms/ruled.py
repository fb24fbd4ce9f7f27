"""A form whose fields stand beside the rule that governs them, with errors in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from guitu.law.length import Length
from guitu.law.monitoring_order import OrderDefect
from guitu.law.term import ProhibitionDefect, TermDefect
from guitu.people.services import Refused, in_words
from guitu.people.wording import cite_key


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as the template draws it."""

    bound: forms.BoundField
    rule: str
    article: str
    unverified: bool


#: Beside which field a reason of law stands; a reason not named here stands at the head.
_FIELD_OF: dict[str, str] = {
    TermDefect.MISSING: "sentence",
    TermDefect.WRONG_SENTENCE_KIND: "sentence_kind",
    TermDefect.SENTENCE_TOO_SHORT: "sentence",
    TermDefect.SENTENCE_TOO_LONG: "sentence",
    TermDefect.TEST_PERIOD_TOO_SHORT: "test_period",
    TermDefect.TEST_PERIOD_TOO_LONG: "test_period",
    TermDefect.TEST_PERIOD_SHORTER_THAN_SENTENCE: "test_period",
    TermDefect.RECIDIVIST: "recidivist",
    TermDefect.LENGTH_UNCLEAR: "sentence",
    ProhibitionDefect.CATEGORY_HAS_NONE: "kind",
    ProhibitionDefect.BELOW_FLOOR: "end",
    ProhibitionDefect.BEYOND_TERM: "end",
    ProhibitionDefect.BEFORE_TERM: "start",
    OrderDefect.LAW_NOT_IN_FORCE: "start",
    OrderDefect.NO_PROOF: "proof",
    OrderDefect.WRONG_SIGNER: "decided_by",
    OrderDefect.WRONG_TIER: "decided_by",
    OrderDefect.NOT_DECIDED: "decided_on",
    OrderDefect.DECIDED_AFTER_START: "decided_on",
    OrderDefect.ENDS_BEFORE_START: "end",
    OrderDefect.LONGER_THAN_THREE_MONTHS: "end",
    OrderDefect.OUTSIDE_CASE: "end",
    OrderDefect.EXTENSION_NOT_ASSESSED: "assessed_on",
    OrderDefect.EXTENSION_NOT_NEEDED: "reassessment",
    OrderDefect.EXTENSION_LEAVES_A_GAP: "start",
    OrderDefect.EXTENSION_OVERLAPS: "start",
}


class RuledForm(forms.Form):
    """``rules`` says, by field, the rule in words and the key of its article (either may be empty)."""

    rules: ClassVar[Mapping[str, tuple[Any, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for field in self.fields.values():
            field.error_messages["required"] = _("缺少%(label)s，请填写。") % {"label": field.label}
            if isinstance(field, forms.DateField):
                field.error_messages["invalid"] = _("日期请写成 2026-11-24 的样子。")

    def shown(self) -> Iterator[Shown]:
        """The visible fields in order, each with its rule."""
        for bound in self.visible_fields():
            rule, key = self.rules.get(bound.name, ("", ""))
            cited = cite_key(key)
            yield Shown(
                bound,
                str(rule),
                cited.short if cited else "",
                cited.unverified if cited else False,
            )

    def refused(self, refusal: Refused) -> None:
        """Put what a service refused beside the fields that it is about."""
        for fault in refusal.faults:
            self.add_error(fault.field if fault.field in self.fields else None, fault.text)
        for reason in refusal.reasons:
            name = _FIELD_OF.get(reason.code)
            self.add_error(name if name in self.fields else None, in_words(reason))


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """A civil day, typed or picked."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        **kwargs,
    )


def text(label: Any, *, size: int, lines: int = 1, **kwargs: Any) -> forms.CharField:
    """A line of text, or several; zero bytes and spaces at the ends are dropped."""
    widget = forms.TextInput() if lines == 1 else forms.Textarea(attrs={"rows": lines})
    return forms.CharField(label=label, max_length=size, widget=widget, **kwargs)


def length(label: Any, **kwargs: Any) -> LengthField:
    """A length of time as a judgment writes it."""
    return LengthField(label=label, max_length=20, **kwargs)


class LengthField(forms.CharField):
    """1年6个月 and the like; the clean value is written in one form."""

    def clean(self, value: Any) -> str:
        """The length in one form; empty stays empty."""
        written = super().clean(value)
        if not written:
            return ""
        try:
            return Length.parse(written).zh()
        except ValueError:
            raise forms.ValidationError(
                _("“%(text)s”读不懂，请写成1年6个月、2个月或40日的样子。") % {"text": written}
            ) from None


def choices(enumeration: Any, *, empty: Any = None) -> list[tuple[str, str]]:
    """The choices of an enumeration with translated words; ``empty`` adds a first one."""
    found = [(str(value), _(label)) for value, label in enumeration.choices]
    return [("", str(empty)), *found] if empty is not None else found
