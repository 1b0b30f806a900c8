"""Search by paths, by hitting sets, by generation and by trying everything say the same."""

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from lambdaspec import Options
from lambdaspec.architecture.elements import Architecture
from lambdaspec.symbolic.edits import Edit, valid
from lambdaspec.symbolic.generated import nearest_by_generation, nearest_by_trying
from lambdaspec.symbolic.hitting import nearest_by_hitting
from lambdaspec.symbolic.mistakes import mistakes
from lambdaspec.symbolic.nearest import nearest
from lambdaspec.symbolic.oracle import Oracle
from tests.support.architectures import architectures

SHARDS = 4
PER_SHARD = 250 if os.environ.get("CI") else 40
MOST_EDITS = 9


def spaces() -> st.SearchStrategy[tuple[Architecture, list[Edit], int]]:
    """An architecture that AWS would accept, some of its mistakes, and how many at once."""

    @st.composite
    def draw_one(draw: Callable[..., object]) -> tuple[Architecture, list[Edit], int]:
        architecture = draw(architectures())
        assert isinstance(architecture, Architecture)
        assume(valid(architecture))
        every = mistakes(architecture, far=True)
        assume(every)
        places = draw(st.sets(st.sampled_from(range(len(every))), min_size=1, max_size=MOST_EDITS))
        within = draw(st.sampled_from([1, 2, 2, 3]))
        assert isinstance(places, set)
        assert isinstance(within, int)
        return architecture, [every[i] for i in sorted(places)], within

    return draw_one()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_all_engines_find_the_same_minimal_sets(
    shard: int, report: Callable[[str, Counter[str]], None]
) -> None:
    tally: Counter[str] = Counter()

    @seed(5_001 + shard)
    @settings(max_examples=PER_SHARD)
    @given(spaces())
    def compare(space: tuple[Architecture, list[Edit], int]) -> None:
        architecture, edits, within = space
        options = Options(search=300)
        truth = nearest_by_trying(Oracle(architecture, options, edits), within)
        by_paths = nearest(Oracle(architecture, options, edits), within)
        by_hitting = nearest_by_hitting(Oracle(architecture, options, edits), within)
        assert by_paths.sets == truth.sets
        assert by_hitting.sets == truth.sets
        if truth.distance:
            drawn = nearest_by_generation(
                Oracle(architecture, options, edits), within, examples=60, seed=shard
            )
            assert set(drawn.sets) <= set(truth.sets)
            tally["met by generation"] += bool(drawn.sets)
        tally["spaces"] += 1
        tally["unbounded without a mistake"] += truth.distance == 0
        tally["a cliff within reach"] += bool(truth.distance)

    compare()
    report("search", tally)
