"""A search that is interrupted: what is proved so far stays true."""

from collections.abc import Callable, Sequence

import pytest

from lambdaspec import Options
from lambdaspec.loading import load
from lambdaspec.symbolic.edits import Edit
from lambdaspec.symbolic.hitting import nearest_by_hitting
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.nearest import Nearest, nearest
from lambdaspec.symbolic.oracle import Oracle, Says

WITHIN = 2


class Impatient(Oracle):
    """An oracle that is interrupted from outside after some answers."""

    patience = 0

    def judge(self, edits: Sequence[Edit]) -> Says:
        if self.patience == 0:
            raise KeyboardInterrupt
        self.patience -= 1
        return super().judge(edits)


@pytest.mark.parametrize("engine", [nearest, nearest_by_hitting])
def test_what_is_proved_so_far_stays_true(engine: Callable[..., Nearest]) -> None:
    architecture = load("models/wrong-variable/architecture.yaml").architecture
    edits = tuple(mistakes(architecture))
    whole = engine(Oracle(architecture, Options(), edits), WITHIN)
    assert whole.proved == WITHIN
    proved = set()
    for patience in range(0, whole.asked, max(whole.asked // 12, 1)):
        oracle = Impatient(architecture, Options(), edits)
        oracle.patience = patience
        lines: list[str] = []
        part = engine(oracle, WITHIN, lines.append)
        assert lines[-1].startswith("interrupted")
        assert part.proved < WITHIN
        known = [one for one in part.sets if len(one) <= part.proved]
        assert known == [one for one in whole.sets if len(one) <= part.proved]
        assert all(
            Oracle(architecture, Options(), edits)(one) is Says.UNBOUNDED for one in part.sets
        )
        proved.add(part.proved)
    assert len(proved) > 1
