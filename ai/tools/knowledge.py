"""The tool that looks into the lawyer's documents."""

from pydantic import Field

from ai.services import knowledge
from ai.tools.kit import Arguments, Hands, Said, Tool


class Topic(Arguments):
    query: str = Field(min_length=2, max_length=500, description="What the rule is about.")


def _search_knowledge(hands: Hands, given: Topic) -> Said:
    passages = knowledge.search(given.query, user=hands.user, now=hands.now)
    known = {one["passage_id"] for one in hands.sources}
    hands.sources += [one.source for one in passages if one.passage_id not in known]
    return {
        "passages": [
            {"document": one.document, "article": one.article, "text": one.text} for one in passages
        ]
    }


SEARCH_KNOWLEDGE = Tool(
    "search_knowledge",
    "Find passages of laws and contracts on a topic, with document and article.",
    Topic,
    _search_knowledge,
)
