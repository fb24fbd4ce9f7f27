"""The shared cast."""

from guitu.people.tests.cast import cast

__all__ = ["cast"]
