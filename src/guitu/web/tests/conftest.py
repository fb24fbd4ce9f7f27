"""The shared cast, for the front door's tests."""

from guitu.people.tests.cast import cast

__all__ = ["cast"]
