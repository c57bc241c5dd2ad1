"""What can go wrong with a preorder."""

from cube_demper.kernel.errors import Conflict, Invalid, NotFound


class PreorderMissing(NotFound):
    """There is no such preorder among yours."""

    code = "preorder-missing"


class PreorderThere(Conflict):
    """The product has a preorder at this point already."""

    code = "preorder-there"


class PreorderOver(Conflict):
    """The preorder is over, or is being ended: begin another one."""

    code = "preorder-over"


class PreorderBegun(Conflict):
    """The preorder has begun: when it starts can't be changed any more."""

    code = "preorder-begun"


class EndsTooEarly(Invalid):
    """It would end before it starts, or in the past."""

    code = "ends-too-early"
