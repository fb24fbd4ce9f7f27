"""What is wrong with a shape, as a sentence that names the value, the place and the remedy."""

from __future__ import annotations

from typing import Literal

Lang = Literal["zh-hans", "en"]

# code: (Simplified Chinese, English). Placeholders are the keyword values of ShapeError.
SENTENCES: dict[str, tuple[str, str]] = {
    "too_large": (
        "文件有 {size} 字节，超过上限 {limit} 字节。请简化边界后再导入。",
        "The file has {size} bytes; at most {limit} are read. Simplify the boundary and import again.",
    ),
    "encoding": (
        "第 {at} 字节起不是 UTF-8 文本。请把文件另存为 UTF-8 编码的 GeoJSON。",
        "From byte {at} on the file is not UTF-8 text. Save it as GeoJSON in UTF-8.",
    ),
    "too_deep": (
        "第 {at} 个字符处嵌套超过 {limit} 层，这不是 GeoJSON。请检查文件。",
        "At character {at} the nesting is deeper than {limit} levels, which no GeoJSON is. "
        "Check the file.",
    ),
    "not_json": (
        "第 {line} 行第 {column} 列不是有效的 JSON。请重新导出文件。",
        "Line {line}, column {column} is not valid JSON. Export the file again.",
    ),
    "duplicate_key": (
        "对象中重复出现键“{key}”，无法判断以哪个为准。请删除其一。",
        "The key “{key}” stands twice in one object, so it is unclear which holds. Delete one.",
    ),
    "bad_number": (
        "“{value}”不是可用的数。请改为有限的十进制数。",
        "“{value}” is not a usable number. Write a finite decimal number.",
    ),
    "wrong_type": (
        "{place}应为{expected_zh}，实际为“{value}”。请改正。",
        "{place} should be {expected_en} but is “{value}”. Correct it.",
    ),
    "missing": (
        "{place}缺少“{key}”。请补上。",
        "{place} has no “{key}”. Add it.",
    ),
    "unsupported_type": (
        "{place}的类型是“{value}”，围栏只能由 Polygon、MultiPolygon 或带 radius_m 的 Point 构成。"
        "请导出面要素。",
        "{place} is a “{value}”; a fence is made of Polygon, MultiPolygon or a Point with radius_m. "
        "Export area features.",
    ),
    "nothing": (
        "文件中没有任何面。请导出至少一个 Polygon。",
        "There is no area in the file. Export at least one Polygon.",
    ),
    "too_many_shapes": (
        "文件有超过 {limit} 个要素。请拆分后再导入。",
        "The file has more than {limit} features. Split it and import again.",
    ),
    "foreign_crs": (
        "文件声明的坐标系是“{value}”。请导出为经纬度 (EPSG:4326)，并在导入时声明其坐标基准。",
        "The file declares the coordinate system “{value}”. Export it in longitude and latitude "
        "(EPSG:4326) and declare its datum when importing.",
    ),
    "unknown_datum": (
        "坐标基准“{value}”未知。请选择 wgs84、gcj02 或 bd09。",
        "The datum “{value}” is unknown. Choose wgs84, gcj02 or bd09.",
    ),
    "coordinate_range": (
        "{place}的坐标 ({lon}, {lat}) 超出范围：经度应在 -180 至 180，纬度应在 -90 至 90。"
        "请检查经纬度是否写反。",
        "{place} has the coordinates ({lon}, {lat}): longitude must lie in -180…180 and latitude in "
        "-90…90. Check whether they are swapped.",
    ),
    "not_finite": (
        "{place}的坐标不是有限的数 ({lon}, {lat})。请重新绘制该点。",
        "{place} has coordinates that are not finite ({lon}, {lat}). Draw that point again.",
    ),
    "empty": (
        "{place}没有面积：至少需要三个不同的点，且不在一条线上。请重新绘制。",
        "{place} has no area: it needs at least three different points, not on one line. "
        "Draw it again.",
    ),
    "ring_open": (
        "{place}的首尾两点不同，边界没有闭合。请让最后一点与第一点相同。",
        "{place} does not close: its last point differs from its first. Make them the same.",
    ),
    "crosses_itself": (
        "边界在 ({lon:.6f}, {lat:.6f}) 附近与自身相交或相接。请移动该处的点，使边界不再交叉。",
        "The boundary crosses or touches itself near ({lon:.6f}, {lat:.6f}). "
        "Move the points there so that it no longer crosses.",
    ),
    "too_many_vertices": (
        "边界有 {count} 个点，超过上限 {limit} 个。请先简化边界。",
        "The boundary has {count} points; at most {limit} are allowed. Simplify it first.",
    ),
    "too_wide": (
        "图形跨度约 {width_km:,.0f} 公里，围栏最宽 {limit_km:,.0f} 公里。请检查坐标或缩小范围。",
        "The shape is about {width_km:,.0f} km wide; a fence may be at most {limit_km:,.0f} km. "
        "Check the coordinates or make it smaller.",
    ),
    "antimeridian": (
        "图形从经度 {west} 跨到 {east}，越过了 180 度经线。请在该经线处拆成两部分。",
        "The shape reaches from longitude {west} to {east}, across the 180th meridian. "
        "Cut it there into two parts.",
    ),
    "radius": (
        "圆的半径是 {radius_m} 米，应在 {least_m:g} 至 {most_m:,.0f} 米之间。请修改半径。",
        "The radius of the circle is {radius_m} m; it must lie between {least_m:g} and "
        "{most_m:,.0f} m. Change it.",
    ),
}


class ShapeError(ValueError):
    """A shape that cannot be a fence. `code` is a key of `SENTENCES`, `values` fill its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        if code not in SENTENCES:
            raise KeyError(f"no sentence for the shape error {code!r}: add it to SENTENCES")
        self.code = code
        self.values = values
        self.within: Place | None = None
        super().__init__(self.sentence("en"))

    def inside(self, place: Place) -> ShapeError:
        """The same error, saying in which part of a file it is (unless it says so already)."""
        own = self.values.get("place")
        if not place.steps or (
            isinstance(own, Place) and own.steps[: len(place.steps)] == place.steps
        ):
            return self
        if isinstance(own, Place):
            return ShapeError(
                self.code, **{**self.values, "place": Place(*place.steps, *own.steps)}
            )
        error = ShapeError(self.code, **self.values)
        error.within = place
        error.args = (error.sentence("en"),)
        return error

    def sentence(self, lang: Lang) -> str:
        """The error in Simplified Chinese (`zh-hans`) or English (`en`)."""
        chinese, english = SENTENCES[self.code]
        values = {k: _short(v) for k, v in self.values.items()}
        place = values.get("place")
        if isinstance(place, Place):
            values["place"] = place.in_words(lang)
        said = (chinese if lang == "zh-hans" else english).format(**values)
        if self.within is None:
            return said
        return f"{self.within.in_words(lang)}{'：' if lang == 'zh-hans' else ': '}{said}"


class Place:
    """Where in a file or drawing something stands: (kind, number from 1) from the outside in."""

    WORDS = {
        "file": ("文件", "The file"),
        "feature": ("第 {n} 个要素", "feature {n}"),
        "geometry": ("第 {n} 个几何", "geometry {n}"),
        "polygon": ("第 {n} 个多边形", "polygon {n}"),
        "ring": ("第 {n} 个环", "ring {n}"),
        "point": ("第 {n} 个点", "point {n}"),
        "circle": ("圆心", "the centre of the circle"),
    }

    def __init__(self, *steps: tuple[str, int]) -> None:
        self.steps = steps

    def at(self, kind: str, number: int = 1) -> Place:
        """The place one step further in."""
        return Place(*self.steps, (kind, number))

    def in_words(self, lang: Lang) -> str:
        """For a sentence that begins with the place."""
        if not self.steps:
            return self.WORDS["file"][0 if lang == "zh-hans" else 1]
        if lang == "zh-hans":
            return "".join(self.WORDS[k][0].format(n=n) for k, n in self.steps)
        said = ", ".join(self.WORDS[k][1].format(n=n) for k, n in self.steps)
        return said[0].upper() + said[1:]


def _short(value: object) -> object:
    """A hostile file must not put a megabyte into an error message."""
    if isinstance(value, str) and len(value) > 60:
        return value[:57] + "…"
    return value
