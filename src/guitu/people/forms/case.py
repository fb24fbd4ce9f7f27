"""Forms of a case: the judgment, its steps, level, team, reports, prohibition orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guitu.base.codes import Category, Level, OffenceClass, Sex
from guitu.base.models import Account
from guitu.people.forms.ruled import RuledForm, choices, day, length, text
from guitu.people.judgment import Judgment
from guitu.people.models import EventKind, ProhibitionKind, TeamRole, TermUnit
from guitu.people.services import REPORTS


class JudgmentForm(RuledForm):
    """What the judgment says; the term is reckoned from it and never typed."""

    category = forms.ChoiceField(label=_("矫正类别"))
    deciding_organ = text(_("决定机关"), size=80)
    judgment_number = text(_("文书号"), size=60)
    judgment_date = day(_("裁判日期"))
    effective_date = day(_("生效日期"))
    offence = text(_("罪名"), size=80)
    offence_class = forms.ChoiceField(label=_("犯罪类型"))
    sentence_kind = forms.ChoiceField(label=_("原判刑罚"))
    sentence = length(_("原判刑期"), required=False)
    test_period = length(_("缓刑考验期"), required=False)
    custody_days = forms.IntegerField(
        label=_("先行羁押（日）"), min_value=0, max_value=10_000, required=False
    )
    first_day = day(_("执行、假释或者出监之日"), required=False)
    sentence_end = day(_("刑期止日"), required=False)
    crimes = forms.IntegerField(label=_("数罪并罚的罪数"), min_value=1, max_value=50, initial=1)
    recidivist = forms.BooleanField(label=_("累犯"), required=False)
    added_penalties = text(_("附加刑"), size=120, required=False)
    released_for_treatment = forms.BooleanField(label=_("保外就医"), required=False)
    received_on = day(_("接收日期"), required=False)
    level = forms.ChoiceField(label=_("管理类别"))

    rules = {
        "category": (_("只有这四类。剥夺政治权利由公安机关执行，不在其中。"), "CCL 2"),
        "effective_date": (_("缓刑考验期从判决确定之日起算；报到期限也从这一天数。"), "PC 73(3)"),
        "sentence": (_("照裁判文书写，例如1年6个月；无期徒刑不填。"), ""),
        "test_period": (
            _("缓刑才填。有期徒刑一年以上五年以下，拘役二个月以上一年以下，都不短于原判刑期。"),
            "PC 73(2)",
        ),
        "custody_days": (_("管制：一日折抵二日。缓刑考验期不折抵。"), "PC 41"),
        "first_day": (_("管制填执行之日，假释填假释之日，暂予监外执行填出监之日；缓刑不填。"), ""),
        "sentence_end": (_("假释和暂予监外执行要填，照裁定书或者执行通知书。"), "PC 83(2)"),
        "recidivist": (_("累犯不适用缓刑，也不得假释。"), "PC 74"),
        "received_on": (_("报到或者移送之日；还没有来的不填，列为待报到。"), "CCL 21(1)"),
        "level": (_("按本地办法定；管理类别不是使用电子定位的理由。"), "CCL 24"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, enumeration in (
            ("category", Category), ("offence_class", OffenceClass), ("sentence_kind", TermUnit),
            ("level", Level),
        ):  # fmt: skip
            self.fields[name].choices = choices(enumeration)  # type: ignore[attr-defined]
        self.fields["category"].initial = Category.PROBATION
        self.fields["sentence_kind"].initial = TermUnit.IMPRISONMENT
        self.fields["level"].initial = Level.ORDINARY

    def judgment(self) -> Judgment:
        """The judgment entered."""
        data = self.cleaned_data
        return Judgment(
            **{name: data[name] for name in (
                "category", "deciding_organ", "judgment_number", "judgment_date",
                "effective_date", "offence", "offence_class", "sentence_kind", "sentence",
                "test_period", "added_penalties", "crimes", "recidivist", "first_day",
                "sentence_end", "released_for_treatment",
            )},
            custody_days=data["custody_days"] or 0,
        )  # fmt: skip


class TermPreviewForm(JudgmentForm):
    """The same while it is still being filled in: only what the term needs has to be there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name in ("category", "effective_date", "sentence_kind")

    def judgment(self) -> Judgment:
        """The judgment as far as it is entered."""
        self.cleaned_data["crimes"] = self.cleaned_data.get("crimes") or 1
        self.cleaned_data["judgment_date"] = (
            self.cleaned_data.get("judgment_date") or self.cleaned_data["effective_date"]
        )
        return super().judgment()


class DayForm(RuledForm):
    """A step that needs no more than its day."""

    on = day(_("日期"))


class EndForm(RuledForm):
    """The end of a case."""

    state = forms.ChoiceField(
        label=_("怎样结束"),
        choices=[
            ("discharged", _("期满解除")),
            ("terminated", _("终止（撤销、收监、死亡等）")),
            ("transferred", _("执行地变更，迁出")),
        ],
    )
    on = day(_("日期"))
    reason = text(_("理由"), size=60)

    rules = {
        "state": (_("期满由法律规定，不能提前；撤销和收监凭法院或者批准机关的文书。"), "CCL 44"),
        "on": (_("电子定位随案件结束自动停止。"), "CCL 29(2)"),
    }


class LevelForm(RuledForm):
    """Supervision level and the two flags, with a reason."""

    level = forms.ChoiceField(label=_("管理类别"))
    key_management = forms.BooleanField(label=_("重点管理"), required=False)
    special_management = forms.BooleanField(label=_("特殊管理"), required=False)
    reason = text(_("理由"), size=200)

    rules = {
        "level": (_("按裁判内容、犯罪类型、矫正阶段、再犯罪风险和表现分类。"), "CCL 24"),
        "key_management": (_("重点管理、严管、住得远，都不是使用电子定位的理由。"), "CCL 29(1)"),
        "reason": (_("会写在本人的时间线上。"), ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = choices(Level)  # type: ignore[attr-defined]


class ReportForm(RuledForm):
    """A report that came in."""

    kind = forms.ChoiceField(label=_("哪一种报告"))
    on = day(_("报告日期"))
    text = text(_("说了什么"), size=400, lines=3, required=False)

    rules = {
        "kind": (_("定期报告的间隔按管理类别，是本地办法。"), "CCL 23"),
        "text": (_("居住、工作、家庭有变化的，写清楚。"), ""),
    }

    def __init__(self, *args: Any, category: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [EventKind.REPORT, EventKind.SUMMARY]
        if category == Category.OUTSIDE_PRISON:
            kinds[1:1] = [EventKind.BODY_REPORT, EventKind.ILLNESS_REVIEW]
        assert set(kinds) <= set(REPORTS)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.value, _(kind.label)) for kind in kinds
        ]


class TeamForm(RuledForm):
    """A new member of the team."""

    role = forms.ChoiceField(label=_("身份"))
    name = text(_("姓名"), size=60, required=False)
    sex = forms.ChoiceField(label=_("性别"))
    account = forms.ModelChoiceField(
        label=_("系统账号"), queryset=Account.objects.none(), required=False
    )
    knows_minors = forms.BooleanField(label=_("熟悉未成年人身心特点"), required=False)
    since = day(_("加入日期"))

    rules = {
        "role": (
            _("小组可以有司法所、居（村）委会、监护人、家属、单位或者学校、社工、志愿者。"),
            "CCL 25",
        ),
        "sex": (_("本人是女性的，小组里应当有女性成员。"), "CCL 25"),
        "account": (_("选了账号，这个人就列在该账号的“本人经手”里。"), ""),
        "knows_minors": (_("开始矫正时未满十八周岁的，应当吸收这样的人。"), "CCL 52"),
    }

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices(TeamRole)  # type: ignore[attr-defined]
        self.fields["sex"].choices = choices(Sex)[1:3]  # type: ignore[attr-defined]
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        self.fields["account"].empty_label = str(_("没有账号"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A member needs a name of its own or an account that has one."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("name") and not data.get("account"):
            self.add_error("name", str(_("请填写姓名，或者选择账号。")))
        return data


class ProhibitionForm(RuledForm):
    """A court's prohibition order."""

    kind = forms.ChoiceField(label=_("禁止什么"))
    content = text(_("内容"), size=300, lines=3)
    start = day(_("起"))
    end = day(_("止"))

    rules = {
        "kind": (_("只有管制和缓刑可以同时宣告。"), "PC 38(2)"),
        "content": (_("照裁判文书抄写。"), ""),
        "end": (
            _("管制不少于三个月，缓刑不少于二个月；羁押折抵后不足的除外；都不超过期限。"),
            "POR 6(1)",
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = choices(ProhibitionKind)  # type: ignore[attr-defined]
