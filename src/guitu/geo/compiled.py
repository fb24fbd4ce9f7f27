"""Compile a numeric kernel with numba so that a cached build never outlives its source.

numba's own cache looks only at the file of the compiled function. A kernel that calls another
module's kernel would go on running the *old* callee after an upgrade: a fence distance that differs
from what the source says. The stamp here covers every file that a kernel is made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
from numba.core.caching import FunctionCache

OPTIONS: dict[str, Any] = {"fastmath": False, "error_model": "numpy", "nogil": True}


def compiled(*uses: ModuleType) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: compile in nopython mode, IEEE arithmetic only, cached under a stamp of the sources.

    `uses` are the modules whose kernels the function calls, directly or through others. Neither
    fast-math nor contraction is allowed, so no multiply-add is fused and sums keep their order: the
    same input gives the same bits on every processor.
    """

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel: Any = numba.njit(function, **OPTIONS)
        cache: Any = FunctionCache(function)  # type: ignore[no-untyped-call]
        digest = hashlib.blake2b(digest_size=16)
        files = [__file__, function.__code__.co_filename, *(str(m.__file__) for m in uses)]
        for name in files:
            digest.update(Path(name).read_bytes())
        cache._cache_file._source_stamp = digest.hexdigest()
        kernel._cache = cache
        return kernel  # type: ignore[no-any-return]

    return wrap


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the same arithmetic for a kernel that only other kernels call; put into its caller.

    Columns travel as tuples of arrays, some hundred machine words: a call that passes them costs more
    than what most of these functions do. Without an entry from Python and a cache of their own the
    first compilation takes seconds instead of a minute.
    """
    return _inner(function, forceinline=True)


def rare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: as `inner`, but called: for what happens seldom, so that the hot path stays small."""
    return _inner(function, forceinline=False)


def _inner(function: Callable[..., Any], *, forceinline: bool) -> Callable[..., Any]:
    options: dict[str, Any] = {
        **OPTIONS,
        "forceinline": forceinline,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    kernel: Any = numba.njit(function, **options)
    return kernel  # type: ignore[no-any-return]
