"""A price history as a drawing: server-rendered SVG, no script, no outside network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cube_demper.kernel.money import Money

WIDTH, HEIGHT = 760, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 12, 14, 26


@dataclass(frozen=True, slots=True)
class Line:
    """One price over time, oldest first. It holds until the next point."""

    label: str
    colour: str
    points: Sequence[tuple[datetime, Money]]


def draw(lines: Sequence[Line], *, floor: Money | None, ceiling: Money | None) -> SafeString:
    """Draw prices as steps over time, with what shows of the corridor shaded.

    Empty text without any point.
    """
    times = [at for line in lines for at, _ in line.points]
    if not times:
        return SafeString("")
    frame = _Frame.around(times, [price.tiyn for line in lines for _, price in line.points])
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" style="max-width:100%;height:auto" '
        'role="img" aria-label="Price history" font-family="sans-serif" font-size="11">'
        "{}{}{}{}</svg>",
        WIDTH,
        HEIGHT,
        WIDTH,
        _corridor(frame, floor, ceiling),
        _axes(frame),
        format_html_join("", "{}", ((_steps(frame, line),) for line in lines)),
        _legend(lines),
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


def _axes(frame: _Frame) -> SafeString:
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
        '<text x="{}" y="{}" text-anchor="end" fill="#888">{} UTC</text>',
        grid,
        _LEFT,
        HEIGHT - 8,
        f"{frame.first:%d %b %H:%M:%S}",
        WIDTH - _RIGHT,
        HEIGHT - 8,
        f"{frame.last:%d %b %H:%M:%S}",
    )


def _steps(frame: _Frame, line: Line) -> SafeString:
    corners: list[str] = []
    for at, price in line.points:
        if corners:
            corners.append(f"H{frame.x(at)}")
        corners.append(f"{'V' if corners else f'M{frame.x(at)},'}{frame.y(price.tiyn)}")
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
