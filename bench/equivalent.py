"""Mutants that no test could see, because they do the same as the heart: each with why."""

EQUIVALENT: dict[str, str] = {}
