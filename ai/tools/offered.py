"""Which assistant has which tools."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ai.tools.arithmetic import FLOOR_CALCULATOR, UNIT_ECONOMICS, WHAT_IF
from ai.tools.kit import Tool
from ai.tools.knowledge import SEARCH_KNOWLEDGE
from ai.tools.products import EXPLAIN_DECISION, FIND_PRODUCTS, PRICE_HISTORY, RIVALS
from ai.tools.shop import FIND_OFFERS, HAND_OVER
from ai.tools.suggesting import SUGGEST_CORRIDOR, SUGGEST_PAUSE
from ai.tools.trade import LIMITS, ORDER_STATUS, SALES_SUMMARY
from ai.words import Assistant

TOOLS: Final[Mapping[Assistant, Sequence[Tool[Any]]]] = {
    Assistant.LAWYER: (SEARCH_KNOWLEDGE, FIND_PRODUCTS, ORDER_STATUS),
    Assistant.ACCOUNTANT: (
        *(FIND_PRODUCTS, PRICE_HISTORY, RIVALS, EXPLAIN_DECISION),
        *(FLOOR_CALCULATOR, UNIT_ECONOMICS, WHAT_IF),
        *(SALES_SUMMARY, ORDER_STATUS, LIMITS),
        *(SUGGEST_CORRIDOR, SUGGEST_PAUSE),
    ),
    # Strangers speak to it: it sees what buyers see, and suggests nothing.
    Assistant.SALESMAN: (FIND_OFFERS, ORDER_STATUS, HAND_OVER),
}
