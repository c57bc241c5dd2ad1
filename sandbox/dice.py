"""Randomness that repeats: everything the sandbox invents follows from one seed."""

import random
from collections.abc import Hashable


def dice(*seed: Hashable) -> random.Random:
    """Make a generator that gives the same numbers for the same seed, run after run."""
    return random.Random(":".join(map(str, seed)))  # noqa: S311 -- variety, not secrets


def likely(chance: random.Random, share: float) -> bool:
    """Say yes in this share of the cases."""
    return chance.random() < share
