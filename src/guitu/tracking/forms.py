"""Forms of tracking; each field stands beside the rule that governs it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from guitu.engine.timetable import DAY_MIN
from guitu.geo.datums import DATUMS
from guitu.people.forms.ruled import RuledForm, choices, day, text
from guitu.people.services import Refused
from guitu.people.wording import english
from guitu.tracking.models import DeviceState, FenceKind, FenceVersion, Severity
from guitu.tracking.services import fences
from guitu.tracking.services.devices import INTERVAL_S, TEXT_MAX, DeviceFacts
from guitu.tracking.services.fences import Daily, Drawn, FencePlan, Hours
from guitu.ui.boundaries import districts
from guitu.ui.words import SHANGHAI

DAYS = [
    ("0", _("周一")), ("1", _("周二")), ("2", _("周三")), ("3", _("周四")), ("4", _("周五")),
    ("5", _("周六")), ("6", _("周日")),
]  # fmt: skip
ROWS = (1, 2, 3)
_LINE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:\s+(?:(全天|all day)|(不生效|off)|(\d{1,2}):(\d{2})\s*[-—–至]\s*(\d{1,2}):(\d{2})))?"
)
FILE_MAX = 8_000_000
_NEEDED = {
    "circle": ("lon", "lat", "radius_m"), "polygon": ("geometry",), "area": ("area",),
    "file": ("file",),
}  # fmt: skip


class FenceForm(RuledForm):
    """A fence: what, where, when, for how long. The map writes the same fields as the keyboard."""

    name = text(_("名称"), size=80)
    kind = forms.TypedChoiceField(label=_("要求"), coerce=int, widget=forms.RadioSelect, choices=())
    shape = forms.ChoiceField(
        label=_("形状"),
        widget=forms.RadioSelect,
        choices=[
            ("circle", _("圆：圆心和半径")), ("polygon", _("多边形：在地图上画，或粘贴坐标")),
            ("area", _("行政区域")), ("file", _("导入GeoJSON文件")),
        ],
    )  # fmt: skip
    lon = forms.FloatField(label=_("圆心经度"), required=False)
    lat = forms.FloatField(label=_("圆心纬度"), required=False)
    radius_m = forms.FloatField(label=_("半径（米）"), required=False)
    geometry = forms.CharField(
        label=_("多边形坐标"), required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip
    area = forms.ChoiceField(label=_("行政区域"), required=False, choices=())
    file = forms.FileField(label=_("GeoJSON文件"), required=False)
    datum = forms.ChoiceField(
        label=_("坐标基准"),
        choices=[
            ("wgs84", "WGS-84"),
            ("gcj02", _("GCJ-02（高德、腾讯）")),
            ("bd09", _("BD-09（百度）")),
        ],
    )
    hours = forms.ChoiceField(
        label=_("生效时间"),
        widget=forms.RadioSelect,
        choices=[("always", _("一直")), ("times", _("按下面的时段"))],
    )
    days_1 = forms.MultipleChoiceField(
        label=_("时段一，星期"), required=False, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    from_1 = forms.CharField(label=_("起"), required=False, max_length=5)
    to_1 = forms.CharField(label=_("止"), required=False, max_length=5)
    days_2 = forms.MultipleChoiceField(
        label=_("时段二，星期"), required=False, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    from_2 = forms.CharField(label=_("起"), required=False, max_length=5)
    to_2 = forms.CharField(label=_("止"), required=False, max_length=5)
    days_3 = forms.MultipleChoiceField(
        label=_("时段三，星期"), required=False, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    from_3 = forms.CharField(label=_("起"), required=False, max_length=5)
    to_3 = forms.CharField(label=_("止"), required=False, max_length=5)
    exceptions = forms.CharField(
        label=_("例外日期"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    margin_m = forms.FloatField(label=_("余量（米）"), initial=0)
    severity = forms.TypedChoiceField(label=_("越界时"), coerce=int, choices=())
    valid_from = day(_("从哪天起"), required=False)
    valid_to = day(_("到哪天止"), required=False)
    reason = text(_("依据"), size=200, required=False)
    note = text(_("为什么改"), size=200)

    def __init__(self, *args: Any, changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = choices(FenceKind)
        fields["severity"].choices = choices(Severity)
        fields["area"].choices = [
            ("", "—"), *((d.code, d.name_en if english() else d.name) for d in districts()
                         if d.kind in ("district", "city"))
        ]  # fmt: skip
        for name in ("lon", "lat", "radius_m", "margin_m"):
            fields[name].error_messages["invalid"] = _now("%(label)s要写成数。") % {
                "label": fields[name].label
            }
            fields[name].widget.attrs["step"] = "any"
            fields[name].widget.attrs["inputmode"] = "decimal"
        for row in ROWS:
            for end in ("from", "to"):
                fields[f"{end}_{row}"].widget.attrs |= {
                    "placeholder": "22:00" if end == "from" else "06:00", "inputmode": "numeric"
                }  # fmt: skip
        fields["geometry"].error_messages["required"] = _now(
            "还没有画。在地图上点出边界，或粘贴坐标。"
        )
        fields["area"].error_messages["required"] = _now("选一个行政区域。")
        fields["file"].error_messages["required"] = _now("选一个GeoJSON文件。")
        # What the chosen shape needs is needed; the others' fields are not looked at.
        shape = self.data.get("shape", "") if self.is_bound else ""
        for needed, names in _NEEDED.items():
            for name in names:
                fields[name].required = not shape or shape == needed
        if not changing:
            del fields["note"]

    def rows(self) -> list[dict[str, Any]]:
        """The time rows, for the template."""
        return [
            {"days": self[f"days_{n}"], "start": self[f"from_{n}"], "end": self[f"to_{n}"]}
            for n in ROWS
        ]

    def clean(self) -> dict[str, Any]:
        """Shape and hours become one plan; what is wrong stands beside its field."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            drawn = self._drawn(cleaned)
            hours = self._hours(cleaned)
        except Refused as refusal:
            self.refused(refusal)
            return cleaned
        if drawn is None or hours is None:
            return cleaned
        end = cleaned.get("valid_to")
        self.plan = FencePlan(
            name=cleaned["name"],
            kind=FenceKind(cleaned["kind"]),
            drawn=drawn,
            hours=hours,
            severity=Severity(cleaned["severity"]),
            margin_m=cleaned["margin_m"],
            valid_from=_midnight(cleaned.get("valid_from")),
            valid_to=_midnight(end + timedelta(days=1)) if end else None,
            reason=cleaned["reason"],
        )
        return cleaned

    def refused(self, refusal: Refused) -> None:
        """A refusal of the geometry stands beside the field that it came from."""
        if self.data.get("shape") == "file":
            for fault in refusal.faults:
                self.add_error(
                    "file" if fault.field == "geometry" else _field(self, fault.field), fault.text
                )
            return
        if self.data.get("shape") == "circle":
            for fault in refusal.faults:
                name = "radius_m" if fault.field == "geometry" else _field(self, fault.field)
                self.add_error(name, fault.text)
            return
        super().refused(refusal)

    def _drawn(self, cleaned: dict[str, Any]) -> Drawn | None:
        datum = cleaned["datum"]
        assert datum in DATUMS
        match cleaned["shape"]:
            case "circle":
                return fences.circle(
                    cleaned["lon"], cleaned["lat"], radius_m=cleaned["radius_m"], datum=datum
                )
            case "polygon":
                return fences.polygon(_as_feature(cleaned["geometry"]), datum=datum)
            case "area":
                return fences.area_of(cleaned["area"])
            case _:
                return fences.polygon(cleaned["file"].read(FILE_MAX + 1), datum=datum)

    def _hours(self, cleaned: dict[str, Any]) -> Hours | None:
        exceptions = self._exceptions(cleaned["exceptions"])
        if exceptions is None:
            return None
        if cleaned["hours"] == "always":
            return Hours(exceptions=exceptions)
        daily = []
        for row in ROWS:
            days = cleaned[f"days_{row}"]
            start = self._minute(f"from_{row}", cleaned[f"from_{row}"])
            end = self._minute(f"to_{row}", cleaned[f"to_{row}"])
            if not days and start is None and end is None:
                continue
            if start is None or end is None:
                if f"from_{row}" not in self.errors and f"to_{row}" not in self.errors:
                    self.add_error(f"from_{row}", _now("写明起止时间，比如22:00到06:00。"))
                continue
            daily.append(Daily(tuple(int(d) for d in days), start, end))
        made = Hours(always=False, daily=tuple(daily), exceptions=exceptions)
        if self.errors:
            return None
        try:
            made.to_json()
        except Refused as refusal:
            for fault in refusal.faults:
                self.add_error("hours", fault.text)
            return None
        return made

    def _minute(self, name: str, value: str) -> int | None:
        if not value.strip():
            return None
        found = re.fullmatch(r"(\d{1,2})[:：](\d{2})", value.strip())
        minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else None
        if minute is None or minute > DAY_MIN:
            self.add_error(
                name, _now("“%(text)s”不是时间，写成22:00的样子。") % {"text": value[:5]}
            )
            return None
        return minute

    def _exceptions(self, value: str) -> tuple[tuple[date, Any], ...] | None:
        found: dict[date, list[tuple[int, int]]] = {}
        for number, line in enumerate(value.splitlines(), 1):
            if not line.strip():
                continue
            match = _LINE.fullmatch(line.strip())
            try:
                on = date.fromisoformat(match[1]) if match else None
            except ValueError:
                on = None
            if match is None or on is None:
                self.add_error(
                    "exceptions",
                    _now(
                        "第%(n)d行读不懂，写成“2026-10-01 全天”、“2026-10-01 不生效”或“2026-10-01 08:00-12:00”。"
                    )
                    % {"n": number},
                )
                return None
            parts = found.setdefault(on, [])
            if match[4]:
                start, end = int(match[4]) * 60 + int(match[5]), int(match[6]) * 60 + int(match[7])
                if not 0 <= start < end <= DAY_MIN:
                    self.add_error(
                        "exceptions",
                        _now("第%(n)d行的止要晚于起，都在一天之内；过夜的分成两天写。")
                        % {"n": number},
                    )
                    return None
                parts.append((start, end))
            elif not match[3]:
                parts.append((0, DAY_MIN))
        return tuple((on, tuple(parts)) for on, parts in sorted(found.items()))


def _field(form: forms.Form, name: str) -> str | None:
    return name if name in form.fields else None


def _as_feature(source: str) -> str:
    """The editor writes a circle as a Point with ``radius_m``; a feature carries it as a property."""
    try:
        found = json.loads(source)
    except (ValueError, RecursionError):
        return source
    if isinstance(found, dict) and found.get("type") == "Point" and "radius_m" in found:
        radius = found.pop("radius_m")
        return json.dumps(
            {"type": "Feature", "properties": {"radius_m": radius}, "geometry": found}
        )
    return source


def _midnight(on: date | None) -> datetime | None:
    return datetime.combine(on, time(), SHANGHAI).astimezone(UTC) if on else None


def initial_of(version: FenceVersion) -> dict[str, Any]:
    """A version as the form shows it, so that changing begins from what is."""
    fence = version.fence
    geometry = version.geometry
    found: dict[str, Any] = {
        "name": fence.name,
        "kind": fence.kind,
        "shape": version.shape,
        "datum": "wgs84",
        "area": version.area_code,
        "margin_m": version.margin_m,
        "severity": fence.severity,
        "reason": fence.reason,
        "valid_from": version.valid_from.astimezone(SHANGHAI).date()
        if version.valid_from
        else None,
        "valid_to": (version.valid_to.astimezone(SHANGHAI) - timedelta(days=1)).date()
        if version.valid_to
        else None,
    }
    if version.shape == "circle":
        found |= {
            "lon": geometry["coordinates"][0],
            "lat": geometry["coordinates"][1],
            "radius_m": geometry["radius_m"],
        }
    elif version.shape == "polygon":
        found["geometry"] = json.dumps(geometry)
    return found | _initial_hours(version.timetable)


def _initial_hours(timetable: dict[str, Any]) -> dict[str, Any]:
    from guitu.engine.timetable import WEEK_MIN
    from guitu.tracking.queries.fences import clock

    weekly = [tuple(part) for part in timetable.get("weekly", [])]
    always = not timetable or weekly == [(0, WEEK_MIN)]
    found: dict[str, Any] = {"hours": "always" if always else "times"}
    if not always:
        groups: dict[tuple[int, int], list[str]] = {}
        for start, end in weekly:
            length = (end - start) % WEEK_MIN or WEEK_MIN
            groups.setdefault((start % DAY_MIN, length), []).append(str(start // DAY_MIN))
        for row, ((start, length), days) in zip(ROWS, groups.items(), strict=False):
            end = start + length
            found |= {
                f"days_{row}": days,
                f"from_{row}": clock(start),
                f"to_{row}": clock(end if end <= DAY_MIN else end - DAY_MIN),
            }
    lines = []
    for item in timetable.get("exceptions", []):
        parts = item.get("intervals", [])
        if not parts:
            lines.append(f"{item['day']} {_now('不生效')}")
        for start, end in parts:
            whole = (start, end) == (0, DAY_MIN)
            lines.append(
                f"{item['day']} {_now('全天') if whole else f'{clock(start)}-{clock(end)}'}"
            )
    found["exceptions"] = "\n".join(lines)
    return found


class ReasonForm(RuledForm):
    """A reason, and nothing else."""

    reason = text(_("理由"), size=200)


class DeviceForm(RuledForm):
    """Devices into stock: one with its facts, or many by their numbers."""

    organisation: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("归哪个机构"), queryset=None, empty_label=None
    )
    terminals = forms.CharField(
        label=_("终端号"), widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    )
    asset_number = text(_("资产编号"), size=40, required=False)
    maker = text(_("厂商"), size=40, required=False)
    model = text(_("型号"), size=40, required=False)
    imei = text("IMEI", size=20, required=False)
    sim_number = text(_("SIM卡号"), size=20, required=False)

    rules = {
        "terminals": (_("设备上印的号码，一行一个，可以从表格里整列粘贴。前面的0有没有都行。"), ""),
        "asset_number": (_("只登记一台时填。"), ""),
        "imei": (_("填了就锁定：号码相同、IMEI不同的设备会被拒绝。"), ""),
        "sim_number": (_("设备里的卡，不是本人的电话。"), ""),
    }

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Several numbers share maker and model; what names one device goes with one number only."""
        cleaned = super().clean() or {}
        numbers = cleaned.get("terminals", "").replace(",", "\n").replace("，", "\n").split()
        single = [n for n in ("asset_number", "imei", "sim_number") if cleaned.get(n)]
        if len(numbers) > 1 and single:
            self.add_error(
                single[0], _now("有%(n)d个终端号，这一项只能在登记一台时填。") % {"n": len(numbers)}
            )
        self.facts = [
            DeviceFacts(
                terminal=number,
                asset_number=cleaned.get("asset_number", ""),
                maker=cleaned.get("maker", ""),
                model=cleaned.get("model", ""),
                imei=cleaned.get("imei", ""),
                sim_number=cleaned.get("sim_number", ""),
            )
            for number in numbers
        ]
        return cleaned

    def refused(self, refusal: Refused) -> None:
        """Whatever is wrong with a number stands beside the numbers."""
        for fault in refusal.faults:
            self.add_error(
                "terminals" if fault.field == "terminal" else _field(self, fault.field), fault.text
            )


class StateForm(RuledForm):
    """A device's next state, with the reason."""

    state = forms.ChoiceField(label=_("改成"), choices=())
    reason = text(_("为什么"), size=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = choices(DeviceState)  # type: ignore[attr-defined]


class IntervalForm(RuledForm):
    """How often a device reports."""

    interval_s = forms.IntegerField(
        label=_("多少秒报一次"), min_value=INTERVAL_S[0], max_value=INTERVAL_S[1]
    )


class TextForm(RuledForm):
    """A text to show on a device."""

    text = text(_("要说的话"), size=TEXT_MAX)


class WearForm(RuledForm):
    """Which device goes on."""

    device: forms.ModelChoiceField = forms.ModelChoiceField(label=_("设备"), queryset=None)
    told = forms.BooleanField(
        label=_("已经当面告知本人：为什么戴、戴到哪天、怎么充电、有异议怎么办")
    )

    rules = {
        "device": (_("只列出库存和已发放、没有人戴的设备。"), ""),
        "told": (_("戴上以前要告知本人。戴上的时刻起，位置才进入轨迹。"), "CCL 29(1)"),
    }

    def __init__(self, *args: Any, devices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["device"]
        field.queryset = devices
        field.empty_label = str(_("选一台"))
        field.label_from_instance = lambda d: (
            f"{d.terminal}"
            + (f" · {d.asset_number}" if d.asset_number else "")
            + (f" · {d.model}" if d.model else "")
            + f" · {_now(d.get_state_display())}"
        )
