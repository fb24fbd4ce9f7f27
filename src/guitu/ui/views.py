"""The living page of tokens and components; what it shows is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from guitu.base.access import public
from guitu.ui import examples, icons, palette


class ExampleForm(forms.Form):
    """A form with an error, a rule and a closed field."""

    place = forms.CharField(label=_("目的地"), help_text=_("到市、县"))
    until = forms.DateField(label=_("止日"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("事由"),
        error_messages={"required": _("没有写事由。写明去做什么，例如就医。")},
    )
    organ = forms.CharField(label=_("审批机关"), disabled=True, initial="湖南路司法所")


@public
def design(request: HttpRequest) -> HttpResponse:
    """Everything that pages are made of, in both themes, on one page."""
    form = ExampleForm({"place": "安徽省合肥市", "until": "2026-11-30", "reason": ""})
    form.is_valid()
    now = datetime.now(UTC)
    context = {
        "themes": [("light", palette.shades("light")), ("dark", palette.shades("dark"))],
        "term": examples.term(),
        "small_terms": examples.small_terms(),
        "evidence": examples.evidence(),
        "timeline_items": examples.timeline(),
        "plain_map": examples.plain_map(),
        "icon_names": sorted(icons.SHAPES),
        "form": form,
        "dues": [
            now - timedelta(days=4),
            now + timedelta(minutes=6),
            now + timedelta(minutes=40),
            (now + timedelta(days=3)).date(),
        ],
        "example_page": Paginator(range(212), 20).page(3),
    }
    return render(request, "ui/design.html", context)
