"""The price history of a card's notable merchants, drawn as SVG on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Final

from sandbox.offers import Habit, Market, Offer
from sandbox.pages import Markup

WINDOW_S: Final = 1_800
_SHORTEST_S: Final = 60
_RIVALS_SHOWN: Final = 6
_WIDTH, _HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 14, 12, 30
_SELLERS: Final = ("#f14635", "#2563eb")
_RIVALS: Final = ("#0f9d74", "#b7791f", "#7c5cc4", "#5b6b80", "#c0558f", "#2b8a9e")
_LOCAL: Final = timedelta(hours=5)
_LINES: Final = 4

_Step = tuple[float, int | None]


@dataclass(frozen=True, slots=True)
class Trail:
    """One merchant's line: its steps in time, and how it looks."""

    offer: Offer
    colour: str
    mood: str
    steps: tuple[_Step, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of time and money that the chart shows."""

    begins: float
    ends: float
    lowest: float
    highest: float

    def x(self, moment: float) -> float:
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, price: float) -> float:
        share = (price - self.lowest) / (self.highest - self.lowest)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def trails_of(market: Market, *, sellers: Sequence[str], now: float) -> list[Trail]:
    """Choose whom to draw: our sellers, then the rivals that moved last or ask least."""
    begins = max(market.opened_at, now - WINDOW_S)
    own = [offer for offer in market.offers if offer.shop.merchant_id in sellers]
    rivals = [offer for offer in market.offers if offer.habit is not Habit.SELLER]
    rivals.sort(key=lambda offer: (-offer.moved_at, offer.shown_price or float("inf")))
    trails = []
    for offer in own:
        place = sellers.index(offer.shop.merchant_id) % len(_SELLERS)
        mood = ("first", "second")[place]
        trails.append(Trail(offer, _SELLERS[place], mood, _steps(offer, begins)))
    for offer, colour in zip(rivals[:_RIVALS_SHOWN], _RIVALS, strict=False):
        trails.append(Trail(offer, colour, "", _steps(offer, begins)))
    return [trail for trail in trails if any(price for _, price in trail.steps)]


def draw(trails: Sequence[Trail], *, opened_at: float, now: float) -> Markup:
    """Draw the trails as steps. Our sellers' lines come last, over the others."""
    frame = _frame(trails, begins=max(opened_at, now - WINDOW_S), now=now)
    if frame is None:
        return Markup('<p class="empty">На карточке никто не продаёт</p>')
    lines = [_line(trail, frame) for trail in reversed(trails)]
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="История цен">'
        f"{_grid(frame)}{_times(frame)}{''.join(lines)}</svg>"
    )


def legend(trails: Sequence[Trail]) -> Markup:
    return Markup(
        "".join(
            f'<span><i style="background:{trail.colour}"></i>{escape(trail.offer.shop.name)}</span>'
            for trail in trails
        )
    )


def tenge(price: float | None) -> str:
    """Write a price for people; a dash when there is none."""
    if price is None:
        return "—"
    return f"{price:,.0f}".replace(",", "\u00a0") + "\u00a0₸"


def _steps(offer: Offer, begins: float) -> tuple[_Step, ...]:
    """The offer's prices from `begins` on; the first one is the price in force then."""
    if not offer.trail:
        return ((begins, offer.shown_price),)
    before = [step for step in offer.trail if step[0] <= begins]
    first = [(begins, before[-1][1])] if before else []
    return (*first, *(step for step in offer.trail if step[0] > begins))


def _frame(trails: Sequence[Trail], *, begins: float, now: float) -> Frame | None:
    prices = [price for trail in trails for _, price in trail.steps if price is not None]
    if not prices:
        return None
    lowest, highest = min(prices), max(prices)
    air = max((highest - lowest) * 0.08, highest * 0.002, 1)
    return Frame(min(begins, now - _SHORTEST_S), now, lowest - air, highest + air)


def _line(trail: Trail, frame: Frame) -> str:
    """Draw one trail: level until the next step, broken where the offer was away."""
    parts, drawing = [], False
    ends = [moment for moment, _ in trail.steps[1:]] + [frame.ends]
    for (moment, price), until in zip(trail.steps, ends, strict=True):
        if price is None:
            drawing = False
            continue
        command = "L" if drawing else "M"
        parts.append(f"{command}{frame.x(moment)} {frame.y(price)}H{frame.x(until)}")
        drawing = True
    return (
        f'<path class="trail {trail.mood}" stroke="{trail.colour}" d="{"".join(parts)}">'
        f"<title>{escape(trail.offer.shop.name)}</title></path>"
    )


def _grid(frame: Frame) -> str:
    step = (frame.highest - frame.lowest) / _LINES
    rows = []
    for number in range(_LINES + 1):
        price = frame.lowest + number * step
        y = frame.y(price)
        rows.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tenge(price)}</text>'
        )
    return "".join(rows)


def _times(frame: Frame) -> str:
    step = (frame.ends - frame.begins) / _LINES
    moments = [frame.begins + number * step for number in range(_LINES + 1)]
    anchors, y = ("start", "middle", "middle", "middle", "end"), _HEIGHT - 8
    return "".join(
        f'<text x="{frame.x(moment)}" y="{y}" text-anchor="{anchor}">{_time(moment)}</text>'
        for moment, anchor in zip(moments, anchors, strict=True)
    )


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC) + _LOCAL:%H:%M:%S}"
