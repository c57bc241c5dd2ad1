"""Pages of what has no numbers for ids."""

from cube_demper.kernel.api import MomentPages


class JobPages(MomentPages):
    """Cursor pages by the moment at which a job was ordered."""

    ordering = "-ordered_at"
