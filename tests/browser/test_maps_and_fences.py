"""Maps without WebGL, and fences drawn by numbers, by file, with sentences for what is wrong."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("django")

NO_WEBGL = """
HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, {
  apply: (get, canvas, args) => String(args[0]).startsWith("webgl") ? null : get.apply(canvas, args),
});
"""
BOW = '{"type":"Polygon","coordinates":[[[118.7,32.0],[118.8,32.1],[118.8,32.0],[118.7,32.1],[118.7,32.0]]]}'


def test_without_webgl_the_map_is_a_drawing_with_a_list_beside_it(open_page) -> None:
    page = open_page("officer", "/map/", script=NO_WEBGL)
    page.wait_for_timeout(400)
    assert page.locator("[data-map] svg.map-svg").is_visible()
    assert page.locator(".map-list a", has_text="顾怀远").is_visible()
    assert page.locator(".legend").first.is_visible()
    assert page.wrong == []


def test_a_trail_without_webgl_shows_its_gap(open_page, site) -> None:
    who, path = site.pages["trail"]
    page = open_page(who, path, script=NO_WEBGL)
    assert page.locator(".trail-hole").count() == 1
    assert page.locator(".trail-line--gap").count() >= 1


def test_a_fence_is_drawn_with_numbers_from_the_keyboard(open_page, site) -> None:
    from guitu.tracking.models import Fence

    page = open_page("officer", f"/fences/new/?case={site.cast.case.pk}")
    page.fill("#id_name", "学校门口")
    page.check("input[name=kind][value='2']")
    page.fill("#id_lon", "118.78")
    page.fill("#id_lat", "32.06")
    page.fill("#id_radius_m", "200")
    with page.expect_navigation():
        page.click("text=设置围栏 >> nth=-1")
    assert page.locator("h1", has_text="学校门口").count() == 1
    version = Fence.objects.get(name="学校门口").versions.get()
    assert version.geometry["radius_m"] == 200.0


def test_a_boundary_that_crosses_itself_is_answered_at_its_field(open_page, site, tmp_path) -> None:
    file = tmp_path / "bow.geojson"
    file.write_text(BOW)
    page = open_page("officer", f"/fences/new/?case={site.cast.case.pk}")
    page.check("input[name=shape][value=file]")
    assert not page.locator("#id_lon").is_visible()
    page.set_input_files("#id_file", str(file))
    with page.expect_navigation():
        page.click("text=设置围栏 >> nth=-1")
    assert "相交" in page.locator("#id_file-error").inner_text()
    assert page.evaluate("document.activeElement.id") == "form-errors"


def test_the_times_of_a_fence_show_only_when_they_are_wanted(open_page, site) -> None:
    page = open_page("officer", f"/fences/new/?case={site.cast.case.pk}")
    assert not page.locator(".hours-part").is_visible()
    page.check("input[name=hours][value=times]")
    assert page.locator("#id_from_1").is_visible()
