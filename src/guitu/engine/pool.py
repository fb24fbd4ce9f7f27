"""Growable columns of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


class Pool:
    """Named columns that grow together by doubling; rows beyond `len` are zero.

    A column is the whole allocation: index it only below `len`. Adding rows may move the arrays, so
    a reference to a column holds until the next `add`.
    """

    __slots__ = ("_columns", "_shapes", "_size")

    def __init__(self, shapes: dict[str, tuple[int, ...]] | None = None, /, **dtypes: str) -> None:
        self._shapes = shapes or {}
        self._columns: dict[str, npt.NDArray[Any]] = {
            name: np.zeros((0, *self._shapes.get(name, ())), np.dtype("<" + code))
            for name, code in dtypes.items()
        }
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    def names(self) -> Iterable[str]:
        """Names of the columns, in order."""
        return self._columns.keys()

    def add(self, rows: int) -> int:
        """Append zero rows; the index of the first."""
        start = self._size
        needed = start + rows
        capacity = len(next(iter(self._columns.values())))
        if needed > capacity:
            for name, old in self._columns.items():
                grown = np.zeros((max(needed, 2 * capacity, 64), *old.shape[1:]), old.dtype)
                grown[:start] = old[:start]
                self._columns[name] = grown
        self._size = needed
        return start

    def extend(self, rows: npt.NDArray[Any]) -> int:
        """Append rows of a 2-D array whose columns stand in the pool's order."""
        start = self.add(len(rows))
        for i, column in enumerate(self._columns.values()):
            column[start : start + len(rows)] = rows[:, i]
        return start

    def keep_runs(self, first: npt.NDArray[Any], count: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Drop all rows outside the runs; the runs' new first rows, in the order given."""
        counts = count.astype(np.int64)
        starts = np.cumsum(counts) - counts
        rows = np.arange(int(counts.sum())) - np.repeat(starts, counts)
        rows = rows + np.repeat(first.astype(np.int64), counts)
        for column in self._columns.values():
            column[: len(rows)] = column[rows]
            column[len(rows) : self._size] = 0
        self._size = len(rows)
        return starts

    def dump(self) -> dict[str, bytes]:
        """The used rows of every column, little-endian."""
        return {name: column[: self._size].tobytes() for name, column in self._columns.items()}

    def load(self, rows: int, body: dict[str, bytes]) -> None:
        """The inverse of `dump` into an empty pool; raises ValueError when columns do not fit."""
        if set(body) != set(self._columns):
            raise ValueError(
                f"snapshot has columns {sorted(body)}, this version reads {sorted(self._columns)}: "
                "rebuild the state by replaying the stream from its start"
            )
        self.add(rows)
        for name, column in self._columns.items():
            flat = np.frombuffer(body[name], column.dtype)
            if flat.size * column.itemsize != column[:rows].nbytes:
                raise ValueError(f"snapshot column {name} has {flat.size} values for {rows} rows")
            column[:rows] = flat.reshape(rows, *column.shape[1:])
