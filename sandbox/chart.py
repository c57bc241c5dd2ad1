"""The price history of a card's notable merchants, drawn as SVG on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from math import ceil, floor, log10
from typing import Final

from sandbox.offers import Habit, Market, Offer
from sandbox.pages import Markup

WINDOW_S: Final = 1_800
_SHORTEST_S: Final = 60
_RIVALS_SHOWN: Final = 6
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 4, 22, 26
_SELLERS: Final = ("#f14635", "#2563eb")
_RIVALS: Final = ("#0f9d74", "#b7791f", "#7c5cc4", "#5b6b80", "#c0558f", "#2b8a9e")
_LOCAL: Final = timedelta(hours=5)
_ROUND: Final = (1, 2, 2.5, 5, 10)
_WITH_SECONDS_S: Final = 300

_Step = tuple[float, int | None]


@dataclass(frozen=True, slots=True)
class Trail:
    """One merchant's line: its steps in time, and how it looks."""

    offer: Offer
    colour: str
    mood: str
    steps: tuple[_Step, ...]


@dataclass(frozen=True, slots=True)
class Canvas:
    """How large a chart is drawn, and with how many lines across and times along it."""

    name: str
    width: int
    height: int
    lines: int
    times: int


BROAD: Final = Canvas("broad", 960, 340, lines=5, times=5)
NARROW: Final = Canvas("narrow", 380, 300, lines=4, times=3)


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of time and money that the chart shows, and what it is drawn on."""

    canvas: Canvas
    begins: float
    ends: float
    lowest: float
    highest: float
    # From one line across to the next, a round number of tenge.
    step: float

    def x(self, moment: float) -> float:
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(_LEFT + share * (self.canvas.width - _LEFT - _RIGHT), 1)

    def y(self, price: float) -> float:
        share = (price - self.lowest) / (self.highest - self.lowest)
        high = self.canvas.height - _TOP - _BOTTOM
        return round(self.canvas.height - _BOTTOM - share * high, 1)


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


def draw(
    trails: Sequence[Trail], *, opened_at: float, now: float, canvas: Canvas = BROAD
) -> Markup:
    """Draw the trails as steps. Our sellers' lines come last, over the others."""
    frame = _frame(trails, canvas, begins=max(opened_at, now - WINDOW_S), now=now)
    if frame is None:
        return Markup('<p class="empty">На карточке никто не продаёт</p>')
    lines = [_line(trail, frame) for trail in reversed(trails)]
    return Markup(
        f'<svg class="{canvas.name}" viewBox="0 0 {canvas.width} {canvas.height}" role="img" '
        f'aria-label="История цен">{_grid(frame)}{"".join(lines)}{_labels(frame)}</svg>'
    )


def legend(trails: Sequence[Trail]) -> Markup:
    return Markup(
        "".join(
            f'<span><i style="background:{trail.colour}"></i>{escape(trail.offer.shop.name)}'
            f" <b>{tenge(trail.offer.shown_price)}</b></span>"
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


def _frame(trails: Sequence[Trail], canvas: Canvas, *, begins: float, now: float) -> Frame | None:
    prices = [price for trail in trails for _, price in trail.steps if price is not None]
    if not prices:
        return None
    lowest, highest = min(prices), max(prices)
    air = max((highest - lowest) * 0.08, highest * 0.002, 1)
    step = _round_step((highest - lowest + 2 * air) / canvas.lines)
    return Frame(canvas, min(begins, now - _SHORTEST_S), now, lowest - air, highest + air, step)


def _round_step(least: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 with as many zeros as it takes."""
    size = 10.0 ** floor(log10(least))
    return max(1.0, next(size * factor for factor in _ROUND if size * factor >= least))


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


def _prices(frame: Frame) -> list[float]:
    """The round prices that a line is drawn at."""
    first = ceil(frame.lowest / frame.step)
    last = floor(frame.highest / frame.step)
    return [number * frame.step for number in range(first, last + 1)]


def _grid(frame: Frame) -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{frame.canvas.width - _RIGHT}" '
        f'y1="{frame.y(price)}" y2="{frame.y(price)}"/>'
        for price in _prices(frame)
    )


def _labels(frame: Frame) -> str:
    """Prices on their lines, and times along the bottom. They stand over the trails."""
    prices = [_label(_LEFT, frame.y(price) - 4, "start", tenge(price)) for price in _prices(frame)]
    last = frame.canvas.times - 1
    span = frame.ends - frame.begins
    times = []
    for number in range(last + 1):
        moment = frame.begins + number * span / last
        anchor = {0: "start", last: "end"}.get(number, "middle")
        text = _time(moment, with_seconds=span < _WITH_SECONDS_S)
        times.append(_label(frame.x(moment), frame.canvas.height - 8, anchor, text))
    return "".join((*prices, *times))


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'


def _time(moment: float, *, with_seconds: bool) -> str:
    local = datetime.fromtimestamp(moment, UTC) + _LOCAL
    return f"{local:%H:%M:%S}" if with_seconds else f"{local:%H:%M}"
