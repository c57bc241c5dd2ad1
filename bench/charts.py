"""Figures as bars: an SVG beside ``bench/README.md``, drawn anew by whoever measures."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent / "charts"
_WIDTH, _BAR, _GAP, _LABELS, _FIGURES = 760, 18, 8, 270, 90


def draw(name: str, title: str, bars: Sequence[tuple[str, float]], *, unit: str) -> None:
    """Write ``charts/NAME.svg``: a bar for each label, the longest as long as there is room."""
    longest = max(value for _, value in bars)
    rows = [
        _row(place, label, value, share=value / longest, unit=unit)
        for place, (label, value) in enumerate(bars)
    ]
    height = 34 + len(bars) * (_BAR + _GAP)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="13"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>{"".join(rows)}</svg>\n'
    )


def _row(place: int, label: str, value: float, *, share: float, unit: str) -> str:
    top = 34 + place * (_BAR + _GAP)
    width = max(share * (_WIDTH - _LABELS - _FIGURES), 1)
    middle = top + _BAR * 0.75
    return (
        f'<text x="{_LABELS - 8}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{_LABELS}" y="{top}" width="{width:.0f}" height="{_BAR}" fill="#3b6fb5"/>'
        f'<text x="{_LABELS + width + 6:.0f}" y="{middle:.0f}">{value:.4g} {escape(unit)}</text>'
    )
