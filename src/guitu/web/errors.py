"""Errors in sentences: what happened, whether anything was done, what to do next."""

import logging
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from guitu.base.access import public

log = logging.getLogger("guitu.web")


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(
        request, "web/error.html", {"title": title, "text": text, "status": status}, status=status
    )


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent what no page of ours sends."""
    # The frame asks for things that a request refused this early does not have.
    text = render_to_string(
        "web/error.html",
        {
            "title": _("这个请求看不懂"),
            "text": _("网址或提交的内容不完整，什么也没有改动。请回到上一页再试一次。"),
            "status": 400,
        },
    )
    return HttpResponse(text, status=400)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not this post's page."""
    said = str(exception) if exception and str(exception) else _("这一页不在你的岗位权限内。")
    return _page(
        request,
        403,
        _("这一页不能打开"),
        said + _("需要的话，请安全管理员调整岗位。"),
    )


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or a record outside this account's data scope: the two look the same."""
    return _page(
        request,
        404,
        _("没有这一页"),
        _("网址写错了，或者这条记录不在你的数据权限内。可以用上方的查找重新找。"),
    )


@public
def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. Names a number by which the line in the log is found; needs no database."""
    number = uuid.uuid4().hex[:8]
    log.error("page failed, number %s, %s %s", number, request.method, request.path)
    text = render_to_string(
        "web/error.html",
        {
            "title": _("这一页出了故障"),
            "text": _(
                "没有办成的事没有留下一半：要么全部存下，要么什么也没改。"
                "请再试一次；还是不行，把编号%(number)s告诉系统管理员。"
            )
            % {"number": number},
            "status": 500,
        },
    )
    return HttpResponse(text, status=500)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 when the form's mark does not fit the session: opened too long ago, or signed in anew."""
    return _page(
        request,
        403,
        _("这张表打开得太久了"),
        _("为安全起见，这次提交没有生效，什么也没有改动。请回到上一页刷新，再提交一次。"),
    )
