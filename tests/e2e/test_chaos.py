"""Everything goes wrong at once: what ``make chaos`` does, small in ``make test``, whole in ``make prove``."""

import random

import pytest

from .chaos import Chaos
from .world import World


def check(world: World, documents: int, workers: int, kills: int, seed: int) -> None:
    print(f"Seed {seed}")
    told = Chaos(world, documents, workers, kills, 0.2, seed).run(print)
    assert (told.lost, told.twice, told.wrong) == (0, 0, []), (seed, told)
    assert (told.documents, told.kills) == (documents, kills)
    assert told.faults, "too tame"


def test_some_documents(world: World, impatient: None) -> None:
    check(world, documents=12, workers=2, kills=2, seed=7)


@pytest.mark.prove
def test_a_thousand_documents(world: World, impatient: None) -> None:
    check(world, documents=1000, workers=4, kills=50, seed=random.randrange(10**6))
