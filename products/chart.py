"""A price history as a drawing: server-rendered SVG, no script, no outside network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import TypeAlias

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cube_demper.kernel.money import Money

Point: TypeAlias = tuple[datetime, Money | None]  # from then on, this price, or none
WIDTH, HEIGHT = 760, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 12, 14, 26


@dataclass(frozen=True, slots=True)
class Line:
    """One price over time, oldest first. It holds until the next point."""

    label: str
    colour: str
    points: Sequence[Point]


def thinned(points: Sequence[Point], *, until: datetime, columns: int) -> list[Point]:
    """Leave out what a drawing so many columns wide would not show.

    Of each column stay the first and the last price, the lowest and the highest, and the first gap.
    A price that is the same as before is left out.
    """
    steps = [
        point for place, point in enumerate(points) if not place or points[place - 1][1] != point[1]
    ]
    if len(steps) <= columns:
        return steps
    first = steps[0][0]
    width = (max(until, steps[-1][0]) - first) / columns
    kept: list[Point] = []
    for _, column in groupby(steps, key=lambda point: (point[0] - first) // width):
        kept += _extremes(list(column))
    return kept


def _extremes(points: Sequence[Point]) -> list[Point]:
    priced = [(price, place) for place, (_, price) in enumerate(points) if price is not None]
    gaps = [place for place, (_, price) in enumerate(points) if price is None]
    chosen = {0, len(points) - 1, *gaps[:1]}
    if priced:
        chosen |= {min(priced)[1], max(priced)[1]}
    return [points[place] for place in sorted(chosen)]


def draw(
    lines: Sequence[Line],
    *,
    floor: Money | None = None,
    ceiling: Money | None = None,
    until: datetime | None = None,
    title: str = "Price history",
    zone: tzinfo = UTC,
) -> SafeString:
    """Draw prices as steps over time, with what shows of the corridor shaded.

    Times are told by the clock of a ``zone``. Empty text without any price.
    """
    points = [point for line in lines for point in line.points]
    prices = [price.tiyn for _, price in points if price is not None]
    if not prices:
        return SafeString("")
    frame = _Frame.around([at for at, _ in points] + ([until] if until else []), prices)
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" xmlns="http://www.w3.org/2000/svg" '
        'style="max-width:100%;height:auto" role="img" aria-label="{}" '
        'font-family="sans-serif" font-size="11">{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        title,
        _corridor(frame, floor, ceiling),
        _axes(frame, zone),
        format_html_join("", "{}", ((_steps(frame, line),) for line in lines)),
        _legend(lines),
    )


def blank(text: str) -> SafeString:
    """A drawing of nothing, that says so."""
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" xmlns="http://www.w3.org/2000/svg" role="img" '
        'font-family="sans-serif" font-size="13"><text x="{}" y="{}" text-anchor="middle" '
        'fill="#888">{}</text></svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        WIDTH // 2,
        HEIGHT // 2,
        text,
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where times and prices lie on the drawing."""

    first: datetime
    last: datetime
    low: int
    high: int

    @classmethod
    def around(cls, times: Sequence[datetime], prices: Sequence[int]) -> "_Frame":
        # A flat line stays flat: at least one percent of the price fits on the drawing.
        margin = max((max(prices) - min(prices)) // 8, max(prices) // 200, 100)
        return cls(min(times), max(times), min(prices) - margin, max(prices) + margin)

    def x(self, at: datetime) -> float:
        span = (self.last - self.first).total_seconds() or 1.0
        share = (at - self.first).total_seconds() / span
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, tiyn: int) -> float:
        share = (min(max(tiyn, self.low), self.high) - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _corridor(frame: _Frame, floor: Money | None, ceiling: Money | None) -> SafeString:
    if floor is None or ceiling is None:
        return SafeString("")
    top, bottom = frame.y(ceiling.tiyn), frame.y(floor.tiyn)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="#1d9a6c" opacity="0.09"/>',
        _LEFT,
        top,
        WIDTH - _LEFT - _RIGHT,
        round(bottom - top, 1),
    )


def _axes(frame: _Frame, zone: tzinfo) -> SafeString:
    levels = [frame.low + (frame.high - frame.low) * part // 4 for part in range(5)]
    grid = format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="#8884"/>'
        '<text x="{}" y="{}" text-anchor="end" fill="#888">{}</text>',
        (
            (
                _LEFT,
                WIDTH - _RIGHT,
                frame.y(level),
                frame.y(level),
                _LEFT - 6,
                frame.y(level) + 4,
                str(Money.tenge(level // 100)),
            )
            for level in levels
        ),
    )
    return format_html(
        '{}<text x="{}" y="{}" fill="#888">{}</text>'
        '<text x="{}" y="{}" text-anchor="end" fill="#888">{} {}</text>',
        grid,
        _LEFT,
        HEIGHT - 8,
        f"{frame.first.astimezone(zone):%d.%m %H:%M:%S}",
        WIDTH - _RIGHT,
        HEIGHT - 8,
        f"{frame.last.astimezone(zone):%d.%m %H:%M:%S}",
        zone.tzname(frame.last),
    )


def _steps(frame: _Frame, line: Line) -> SafeString:
    corners: list[str] = []
    is_down = False  # the pen
    for at, price in line.points:
        if is_down:
            corners.append(f"H{frame.x(at)}")
        if price is not None:
            corners.append(f"{'V' if is_down else f'M{frame.x(at)},'}{frame.y(price.tiyn)}")
        is_down = price is not None
    if is_down:
        corners.append(f"H{frame.x(frame.last)}")
    return format_html(
        '<path d="{}" fill="none" stroke="{}" stroke-width="2"/>', " ".join(corners), line.colour
    )


def _legend(lines: Sequence[Line]) -> SafeString:
    return format_html_join(
        "",
        '<rect x="{}" y="2" width="10" height="10" fill="{}"/>'
        '<text x="{}" y="11" fill="#888">{}</text>',
        (
            (_LEFT + place * 150, line.colour, _LEFT + place * 150 + 15, line.label)
            for place, line in enumerate(lines)
        ),
    )
