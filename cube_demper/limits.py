"""The operator's page of request budgets, beside the admin's own pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import User
from cube_demper import rates
from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.desk import Desk, Snapshot
from cube_demper.models import OperatorRate

_WIDTH, _HEIGHT, _BAR_S = 720, 120, 5
_MARGIN = 16  # below the bars, for what the time was


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the budgets; POST lifts a freeze, or sets a rate, and says who did."""
    user = request.user
    if not isinstance(user, User):  # the admin's door has let in nobody else
        raise PermissionDenied
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
            desk = Desk(redis)
            if request.method == "POST":
                _act(request, desk, user)
                return redirect("limits")
            return _shown(request, desk.snapshot())
    except RedisError:
        messages.error(request, "Redis does not answer: pushes stand still, reads go slowly.")
        return _shown(request, None, status=503)


def _act(request: HttpRequest, desk: Desk, user: User) -> None:
    key, rps = request.POST.get("key", "")[:200], request.POST.get("rps", "")
    try:
        if "lift" in request.POST:
            done = f"Opened {key}." if desk.lift(key) else f"Not frozen: {key}."
        elif rps:
            rates.set_rate(desk, key=key, rps=float(rps), by=user, now=timezone.now())
            done = f"Set {key} to {float(rps):g} a second."
        else:
            rates.reset_rate(desk, key=key)
            done = f"Set {key} back to the settings."
    except ValueError:
        messages.error(request, f"{rps!r} is no number.")
    except Invalid as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, done)
        rates.note(by=user, key=key, done=done, now=timezone.now())


def _shown(request: HttpRequest, snapshot: Snapshot | None, *, status: int = 200) -> HttpResponse:
    budget = float(settings.GLOBAL_RPS)
    if snapshot is not None:
        budget = snapshot.rates.get("fleet", budget)
    context = {
        **admin.site.each_context(request),
        "title": "Request budgets",
        "snapshot": snapshot,
        "budget": budget,
        "chart": snapshot and draw(snapshot.used, budget=budget, until=snapshot.at),
        "closed": snapshot and [one for one in snapshot.frozen if one.is_closed(snapshot.at)],
        "rates": OperatorRate.objects.select_related("set_by"),
        "opening": snapshot and [one for one in snapshot.frozen if not one.is_closed(snapshot.at)],
    }
    return render(request, "cube_demper/limits.html", context, status=status)


def draw(used: Sequence[int], *, budget: float, until: datetime) -> SafeString:
    """Draw turns a second, five seconds a bar, under the line of the budget."""
    bars = [sum(used[at : at + _BAR_S]) / _BAR_S for at in range(0, len(used), _BAR_S)]
    top = max(budget, *bars) * 1.1
    width = _WIDTH / max(len(bars), 1)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" fill="#417690"><title>{}</title></rect>',
        (
            (
                f"{place * width:.1f}",
                f"{_HEIGHT * (1 - bar / top):.1f}",
                f"{width * 0.8:.1f}",
                f"{_HEIGHT * bar / top:.1f}",
                f"{bar:.1f} a second",
            )
            for place, bar in enumerate(bars)
        ),
    )
    line = f"{_HEIGHT * (1 - budget / top):.1f}"
    return format_html(
        '<svg viewBox="0 0 {w} {h}" width="{w}" style="max-width:100%;height:auto" '
        'fill="currentColor" font-size="11" role="img" '
        'aria-label="Turns a second until {until}">{drawn}'
        '<line x1="0" x2="{w}" y1="{line}" y2="{line}" stroke="#ba2121" stroke-dasharray="6 4"/>'
        '<text y="{below}">{since}</text>'
        '<text x="{w}" y="{below}" text-anchor="end">{until}</text></svg>',
        w=_WIDTH,
        h=_HEIGHT + _MARGIN,
        below=_HEIGHT + _MARGIN - 3,
        since=f"{until - timedelta(seconds=len(used)):%H:%M:%S} UTC",
        until=f"{until:%H:%M:%S} UTC",
        drawn=drawn,
        line=line,
    )
