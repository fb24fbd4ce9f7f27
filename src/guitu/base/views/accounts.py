"""Accounts and their posts: the system administrator's and the security officer's halves."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guitu.base import queries
from guitu.base.access import account_of, needs
from guitu.base.forms import AccountForm, PostForm, ReasonForm
from guitu.base.models import Account, Post
from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.base.services import accounts as services
from guitu.base.services import posts
from guitu.base.services.refusal import Refused

PAGE_SIZE = 40
STATES = ("", "active", "closed", "without")


@require_safe
@needs(P.ACCOUNT_READ)
def accounts(request: HttpRequest) -> HttpResponse:
    """GET ``search``, ``state``, ``page``."""
    search = request.GET.get("search", "").strip()[:40]
    state = request.GET.get("state", "")
    rows = queries.accounts(search, state=state if state in STATES else "")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    words = {
        "": _("全部"), "active": _("在用"), "closed": _("已停用"), "without": _("没有岗位"),
    }  # fmt: skip
    return render(
        request,
        "base/accounts.html",
        {
            "page": page, "search": search, "state": state, "states": words.items(),
            "may_write": P.ACCOUNT_WRITE in permissions_of(request.user),
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.ACCOUNT_WRITE)
def account_new(request: HttpRequest) -> HttpResponse:
    """Make an account; its one-time password is shown on the next page, once."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account, password = services.make(**form.cleaned_data, by=account_of(request))
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return _once(request, account, password)
    return render(request, "base/account_new.html", {"form": form})


def _once(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    return render(request, "base/password_once.html", {"account": account, "password": password})


@require_safe
@needs(P.ACCOUNT_READ)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: posts, lock, and what this administrator may do."""
    return _page(request, get_object_or_404(Account, pk=pk))


def _page(
    request: HttpRequest, found: Account, *, post: PostForm | None = None,
    reason: ReasonForm | None = None,
) -> HttpResponse:  # fmt: skip
    held = permissions_of(request.user)
    locked = AccessAttempt.objects.filter(
        username=found.username.lower(), failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    ).exists()
    return render(
        request,
        "base/account.html",
        {
            "account": found,
            "posts": found.posts.select_related("organisation").order_by("-until", "id"),
            "today": timezone.localdate(),
            "locked": locked,
            "may_write": P.ACCOUNT_WRITE in held,
            "may_grant": P.POST_WRITE in held,
            "may_unlock": P.ACCOUNT_UNLOCK in held,
            "post": post or PostForm(prefix="post"),
            "reason": reason or ReasonForm(prefix="active"),
        },
    )


#: act of the form → the permission that it needs
_ACTS: dict[str, P] = {
    "reset": P.ACCOUNT_WRITE,
    "active": P.ACCOUNT_WRITE,
    "grant": P.POST_WRITE,
    "end": P.POST_WRITE,
    "unlock": P.ACCOUNT_UNLOCK,
    "sessions": P.ACCOUNT_UNLOCK,
}


@require_POST
@needs(P.ACCOUNT_WRITE, P.POST_WRITE, P.ACCOUNT_UNLOCK)
def account_act(request: HttpRequest, pk: int) -> HttpResponse:
    """POST ``act``: each belongs to one of the administrators, and only to that one."""
    found = get_object_or_404(Account, pk=pk)
    by = account_of(request)
    doing = request.POST.get("act", "")
    if doing not in _ACTS or _ACTS[doing] not in permissions_of(by):
        raise PermissionDenied(_("这一步归另一名管理员办理。"))
    said = ""
    try:
        match doing:
            case "reset":
                return _once(request, found, services.reset_password(found, by=by))
            case "active":
                reason = ReasonForm(request.POST, prefix="active")
                if not reason.is_valid():
                    return _page(request, found, reason=reason)
                services.set_active(
                    found, active=not found.is_active, reason=reason.cleaned_data["reason"], by=by
                )
                said = _("账号已恢复。") if found.is_active else _("账号已停用，各处都已退出。")
            case "grant":
                form = PostForm(request.POST, prefix="post")
                if not form.is_valid():
                    return _page(request, found, post=form)
                try:
                    posts.grant(found, **form.cleaned_data, by=by)
                except Refused as refused:
                    form.add_error(refused.field or None, str(refused))
                    return _page(request, found, post=form)
                said = _("岗位已授予。")
            case "end":
                post = get_object_or_404(Post, pk=request.POST.get("post", "0"), account=found)
                posts.end(post, on=timezone.localdate() - timedelta(days=1), by=by)
                said = _("岗位已结束，权限随即取消。")
            case "unlock":
                services.unlock(found, by=by)
                said = _("已解锁，可以登录。")
            case "sessions":
                n = services.revoke_sessions(found, by=by)
                said = _("已退出%(n)d处。") % {"n": n}
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("base:account", pk=found.pk)
