"""Forms of the ground."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guitu.base.codes import OrganisationKind
from guitu.base.models import Organisation
from guitu.base.roles import Role, Scope


def day_input() -> forms.DateInput:
    """A date field that the browser helps to fill."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RenameForm(forms.Form):
    """The names of a unit."""

    name = forms.CharField(label=_("全称"), max_length=80)
    short_name = forms.CharField(label=_("简称"), max_length=40)


class UnitForm(RenameForm):
    """A new unit below another."""

    kind = forms.ChoiceField(label=_("种类"), choices=OrganisationKind.choices)
    code = forms.RegexField(
        label=_("代码"), regex=r"^[0-9A-Za-z-]{2,16}$",
        error_messages={"invalid": _("代码应为2至16位数字、字母或横线。")},
    )  # fmt: skip
    field_order = ["kind", "code", "name", "short_name"]


class ReasonForm(forms.Form):
    """Why something is closed or opened."""

    reason = forms.CharField(label=_("理由"), max_length=200)


class AccountForm(forms.Form):
    """A new account; it has no rights until the security officer grants a post."""

    username = forms.CharField(label=_("用户名"), max_length=40)
    name = forms.CharField(label=_("姓名"), max_length=40)
    organisation: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("机构"), queryset=Organisation.objects.none()
    )
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(active=True).order_by("code")


class PostForm(forms.Form):
    """A role at a unit within a scope, from a day."""

    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    organisation: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("机构"), queryset=Organisation.objects.none()
    )
    scope = forms.ChoiceField(label=_("数据权限"), choices=Scope.choices, initial=Scope.UNIT_BELOW)
    since = forms.DateField(label=_("起"), widget=day_input(), initial=timezone.localdate)
    until = forms.DateField(label=_("止"), widget=day_input(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(active=True).order_by("code")
