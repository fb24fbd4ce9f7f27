from guitu.engine import bench


def test_the_benchmark_judges_and_says_how_fast() -> None:
    figures = bench.run(0.2)
    assert figures.fixes >= bench.BATCH
    assert figures.fixes_per_s > 10_000
