"""Damaged frames: nothing crashes, hangs or grows."""

from guitu.wire.jt808 import fuzz
from guitu.wire.jt808.tests import frames as real


def test_twenty_thousand_damaged_frames_crash_nothing():
    seeds = fuzz.samples() + [
        bytes.fromhex(value) for name, value in vars(real).items() if name.isupper()
    ]
    outcome = fuzz.run(seeds, 20_000, seed=1)
    assert outcome.crashes == 0, outcome.first_crash
    assert outcome.clean
    # The damage reaches behind the framing: most kinds of message were read, wholes were joined.
    assert outcome.frames > 3000 and outcome.wholes > 50
    assert len(outcome.types) > 15
    assert outcome.longest_ms < 1000


def test_the_same_seed_makes_the_same_damage():
    one, two = (fuzz.run(fuzz.samples(), 500, seed=7) for _ in range(2))
    assert (one.frames, one.refused, one.types) == (two.frames, two.refused, two.types)


def test_a_file_of_frames_is_read_in_both_forms(tmp_path, capsys):
    path = tmp_path / "frames"
    path.write_text(f'{real.HEARTBEAT}\n{{"wire": "{real.LOGOUT}"}}\n(text)\n')
    assert [len(each) for each in fuzz.load(path)] == [15, 15, 6]
    assert fuzz.main(["--count", "100", "--frames", str(path)]) == 0
    assert '"crashes": 0' in capsys.readouterr().out
