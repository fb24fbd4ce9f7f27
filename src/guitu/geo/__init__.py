"""Coordinates, datums, shapes and trails: pure functions, no I/O.

Everything here is WGS-84; other datums exist only at the edge (`guitu.geo.datums`). Angles that
cross a room are integers of 1e-7 degree (`_e7`: 1.1 cm), so equality is exact and text round-trips.
"""
