"""Guitu (归途): one platform for a city's community corrections."""

__version__ = "0.1.0"
