"""Forms of a person: identity, contact, photograph, office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guitu.base.codes import Sex
from guitu.base.models import Account, Organisation
from guitu.people.forms.ruled import RuledForm, choices, day, text
from guitu.people.services import Identity


class IdentityForm(RuledForm):
    """Who somebody is. The number is checked digit by digit, and against birth date and sex."""

    name = text(_("姓名"), size=60)
    former_name = text(_("曾用名"), size=60, required=False)
    id_number = text(_("身份证号"), size=18, required=False)
    sex = forms.ChoiceField(label=_("性别"))
    birth_date = day(_("出生日期"))
    phone = text(_("电话"), size=20, required=False)
    address = text(_("住址"), size=120, required=False)
    address_area = text(_("所在街道或者乡镇"), size=60, required=False)
    health = text(_("健康情况"), size=300, lines=3, required=False)

    rules = {
        "name": (_("照证件写。少数民族姓名中间的点怎么写都能查到。"), "CCL 22"),
        "id_number": (_("加密保存，列表里只显示首尾；每次查看全号都有记录。"), ""),
        "phone": (_("加密保存。填本人在用的号码。"), ""),
        "address": (_("加密保存。列表里只用街道或者乡镇。"), ""),
        "address_area": (_("不写门牌号。"), ""),
        "health": (_("只写与矫正有关的。加密保存，不进列表，也不进检索。"), ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sex"].choices = choices(Sex)[1:3]  # type: ignore[attr-defined]
        for name in ("id_number", "phone", "address", "health"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def identity(self, before: Identity | None = None) -> Identity:
        """The identity entered; what the form does not ask is kept from ``before``."""
        data = self.cleaned_data
        kept = (
            {name: getattr(before, name) for name in ("nationality", "education", "employment")}
            if before
            else {}
        )
        return Identity(
            **{name: data[name] for name in (
                "name", "former_name", "id_number", "sex", "birth_date", "phone", "address",
                "address_area", "health",
            )},
            **kept,
        )  # fmt: skip


class NewPersonForm(IdentityForm):
    """A new person also needs the office that takes charge."""

    office = forms.ModelChoiceField(
        label=_("负责的司法所"), queryset=Organisation.objects.none(), empty_label=None
    )

    rules = IdentityForm.rules | {
        "office": (_("执行地的司法所。登记后由所里指定经办人。"), "CCL 22"),
    }

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["office"]
        field.queryset = offices  # type: ignore[attr-defined]
        if offices.count() != 1:
            field.empty_label = "—"  # type: ignore[attr-defined]


class ChangePersonForm(IdentityForm):
    """Changing a person needs a reason, which the history keeps."""

    reason = text(_("为什么修改"), size=200)

    rules = IdentityForm.rules | {
        "reason": (_("写给以后查历史的人看，例如：本人换号，11-20来所说明。"), ""),
    }


class ContactForm(RuledForm):
    """Somebody around the person."""

    relation = text(_("关系"), size=20)
    name = text(_("姓名"), size=60)
    phone = text(_("电话"), size=20, required=False)
    guarantor = forms.BooleanField(label=_("是保证人"), required=False)

    rules = {
        "phone": (_("加密保存。"), ""),
        "guarantor": (_("暂予监外执行要有保证人。"), ""),
    }


class PhotoForm(RuledForm):
    """A photograph."""

    photo = forms.FileField(
        label=_("照片"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    rules = {
        "photo": (
            _("正面免冠，JPEG、PNG 或 WebP，不超过8 MB。缩到480像素，去掉拍摄地点，加密保存。"),
            "",
        )
    }


class MoveForm(RuledForm):
    """Another office or officer of the same county."""

    office = forms.ModelChoiceField(
        label=_("司法所"), queryset=Organisation.objects.none(), empty_label=None
    )
    officer = forms.ModelChoiceField(
        label=_("经办人"), queryset=Account.objects.none(), required=False
    )
    reason = text(_("理由"), size=200)

    rules = {
        "office": (_("只能在本区县内调整；跨区县是执行地变更。"), ""),
        "officer": (_("经办人把这个人算在“本人经手”里。"), ""),
    }

    def __init__(self, *args: Any, offices: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        self.fields["officer"].empty_label = str(_("暂不指定"))  # type: ignore[attr-defined]
