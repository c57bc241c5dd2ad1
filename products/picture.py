"""A drawing as a picture, for messengers and people whose program shows no SVG.

The font comes with us: a server has none, and would draw no word (docs/adr/0042).
"""

from pathlib import Path

from resvg_py import svg_to_bytes

ZOOM = 2  # phones have two dots for each of a drawing's, or more
_FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"


def png(drawing: str) -> bytes:
    """Draw an SVG on white, with our own font whatever it asks for."""
    return svg_to_bytes(
        svg_string=drawing,
        zoom=ZOOM,
        background="white",
        skip_system_fonts=True,
        font_files=[str(_FONT)],
        sans_serif_family="DejaVu Sans",
    )
