import numpy as np

from guitu.geo import kernel, trail
from guitu.geo.compiled import compiled


def double(x: float) -> float:
    return x + x


def test_the_stamp_of_a_compiled_kernel_covers_the_sources_it_calls() -> None:
    alone = compiled()(double)._cache._cache_file._source_stamp  # type: ignore[attr-defined]
    with_kernel = compiled(kernel)(double)._cache._cache_file._source_stamp  # type: ignore[attr-defined]
    with_both = compiled(kernel, trail)(double)._cache._cache_file._source_stamp  # type: ignore[attr-defined]
    assert len({alone, with_kernel, with_both}) == 3


def test_a_compiled_kernel_computes_what_its_source_says() -> None:
    assert compiled()(double)(np.float64(1.5)) == 3.0
