"""Tools that would change something: they write down what they would do, and the seller decides."""

from pydantic import Field

from ai.services import suggestions
from ai.tools.kit import Hands, Said, Tool
from ai.tools.products import Corridor, OneProduct
from cube_demper.kernel.money import Money


class Pause(OneProduct):
    is_paused: bool = Field(description="true pauses the product, false lets it go on.")


def _suggest_corridor(hands: Hands, given: Corridor) -> Said:
    return _suggested(
        hands,
        given.product_id,
        {
            "floor_tiyn": Money.tenge(given.floor_tenge).tiyn,
            "ceiling_tiyn": Money.tenge(given.ceiling_tenge).tiyn,
        },
    )


def _suggest_pause(hands: Hands, given: Pause) -> Said:
    return _suggested(hands, given.product_id, {"is_paused": given.is_paused})


def _suggested(hands: Hands, product_id: int, changes: dict[str, int | bool]) -> Said:
    suggestion = suggestions.suggest(
        user=hands.user,
        conversation_id=hands.conversation_id,
        product_id=product_id,
        changes=changes,
        now=hands.now,
    )
    return {
        "suggestion_id": suggestion.pk,
        "state": "open",
        "note": "Nothing is changed. The seller confirms it, or does not.",
    }


SUGGEST_CORRIDOR = Tool(
    "suggest_corridor",
    "Suggest another floor and ceiling for a product. The seller has to confirm it.",
    Corridor,
    _suggest_corridor,
)
SUGGEST_PAUSE = Tool(
    "suggest_pause",
    "Suggest to pause a product, or to let it go on. The seller has to confirm it.",
    Pause,
    _suggest_pause,
)
