"""Commands of the ground: the only place that writes organisations, accounts and posts."""

from guitu.base.services.preferences import choose_looks

__all__ = ["choose_looks"]
