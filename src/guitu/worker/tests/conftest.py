"""The worker's tests stand on tracking's world."""

from guitu.tracking.tests.conftest import world

__all__ = ["world"]
