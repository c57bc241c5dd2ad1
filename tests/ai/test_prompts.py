"""Prompts are reviewed: whoever changes one gives it a new version here and in its first line."""

import hashlib

import pytest

from ai.prompts.reading import prompt_of
from ai.words import Assistant, Language

pytestmark = pytest.mark.unit
REVIEWED = {
    "lawyer.ru@1": "bad324a41c47",
    "lawyer.kk@1": "036fdcced13d",
    "lawyer.en@1": "51b233bf3685",
    "accountant.ru@1": "b0df6f1e443d",
    "accountant.kk@1": "7c7dada3d816",
    "accountant.en@1": "f3ebc3419789",
    "salesman.ru@1": "e058fc20cf13",
    "salesman.kk@1": "7e1f2d58de1b",
    "salesman.en@1": "20e243271fd4",
}
EVERY = [(assistant, language) for assistant in Assistant for language in Language]


def test_every_prompt_is_as_it_was_reviewed():
    prompts = [prompt_of(*one) for one in EVERY]

    digests = {
        prompt.name: hashlib.sha256(prompt.text.encode()).hexdigest()[:12] for prompt in prompts
    }
    assert digests == REVIEWED


@pytest.mark.parametrize(("assistant", "language"), EVERY)
def test_every_prompt_says_that_data_gives_no_orders(assistant, language):
    text = prompt_of(assistant, language).text

    assert "<data-…>" in text
    assert "</data-…>" in text
