"""Forms of monitoring orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guitu.base.codes import MonitoringGround
from guitu.base.models import Account
from guitu.people.forms.ruled import RuledForm, choices, day, text
from guitu.people.models import MonitoringOrder


class OrderForm(RuledForm):
    """A decision to use a device (CCL 29), as it was signed."""

    ground = forms.TypedChoiceField(label=_("符合哪一项理由"), coerce=int, widget=forms.RadioSelect)
    proof = text(_("证明材料"), size=400)
    number = text(_("决定书文号"), size=60)
    decided_by = forms.ModelChoiceField(
        label=_("批准人"), queryset=Account.objects.none(), empty_label="—"
    )
    decided_on = day(_("批准日期"))
    extends = forms.ModelChoiceField(
        label=_("延长哪一份决定"), queryset=MonitoringOrder.objects.none(), required=False
    )
    assessed_on = day(_("评估日期"), required=False)
    reassessment = text(_("为什么确有必要继续"), size=400, lines=2, required=False)
    start = day(_("起"))
    end = day(_("止"))

    rules = {
        "ground": (
            _("只有这五项理由。重点管理、严管、住得远，都不是理由。"),
            "CCL 29(1)",
        ),
        "proof": (_("能证明这项理由的文书名称和文号。"), "CCL 29(1)"),
        "decided_by": (
            _("县级司法行政部门负责人批准；批准那一天要在任。"),
            "CCL 29(1)",
        ),
        "decided_on": (_("先批准，后使用。"), "CCL 29(1)"),
        "extends": (_("不是延长就不选。延长要紧接前一决定，不重叠、不中断。"), "CCL 29(2)"),
        "assessed_on": (_("延长前应当评估。"), "CCL 29(2)"),
        "end": (_("不超过三个月。到期没有新的批准，自动停止采集。"), "CCL 29(2)"),
    }

    def __init__(self, *args: Any, heads: Any, extendable: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = choices(MonitoringGround)  # type: ignore[attr-defined]
        self.fields["decided_by"].queryset = heads  # type: ignore[attr-defined]
        field = self.fields["extends"]
        field.queryset = extendable  # type: ignore[attr-defined]
        field.empty_label = str(_("新的决定"))  # type: ignore[attr-defined]
        field.label_from_instance = lambda order: (  # type: ignore[attr-defined]
            f"{order.number}（{order.start}—{order.end}）"
        )


class LiftForm(RuledForm):
    """Lift an order that is needed no longer."""

    on = day(_("自哪一天起解除"))
    reason = text(_("理由"), size=200)

    rules = {"on": (_("从这一天起不再采集，装置应当收回。不能倒填。"), "CCL 29(2)")}


class AnnulForm(RuledForm):
    """Annul an order that should never have been."""

    reason = text(_("为什么作废"), size=200)

    rules = {
        "reason": (_("作废不是解除：等于从来没有这份决定，记录仍然保留。"), "CCL 29(1)"),
    }
