"""Tools that calculate, so that no language model has to."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, Field

from ai.tools.kit import Arguments, Hands, Said, Tool, tenge
from ai.tools.products import Corridor
from cube_demper.kernel.money import Money
from products.pricing.floors import Costs, margin_floor
from products.pricing.model import Percent
from products.services import reasoning

_HUNDRED = 100


def _percent(said: str) -> str:
    try:
        share = Decimal(said)
    except InvalidOperation:
        raise ValueError("a percentage such as 12.5") from None
    if not 0 <= share < _HUNDRED or share * _HUNDRED != int(share * _HUNDRED):
        raise ValueError("a percentage from 0 to 99.99, with two decimals at most")
    return said


Share = Annotated[
    str, Field(max_length=8, description='A percentage as text: "12.5".'), AfterValidator(_percent)
]
Tenge = Annotated[int, Field(ge=0, le=1_000_000_000)]


class PieceCosts(Arguments):
    cost_tenge: Tenge = Field(description="What one piece costs the seller.")
    delivery_tenge: Tenge = 0
    packing_tenge: Tenge = 0
    other_tenge: Tenge = 0
    commission_percent: Share
    tax_percent: Share = "0"
    returns_percent: Share = "0"


class WantedMargin(PieceCosts):
    margin_percent: Share = Field(description="What shall be left of the price.")


class AtAPrice(PieceCosts):
    price_tenge: Tenge = Field(ge=1)


def _share(said: str) -> Percent:
    return Percent(int(Decimal(said) * _HUNDRED))


def _costs(given: PieceCosts, margin: str = "0") -> Costs:
    return Costs(
        cost=Money.tenge(given.cost_tenge),
        delivery=Money.tenge(given.delivery_tenge),
        packing=Money.tenge(given.packing_tenge),
        other=Money.tenge(given.other_tenge),
        tax=_share(given.tax_percent),
        returns=_share(given.returns_percent),
        margin=_share(margin),
    )


def _floor_calculator(_: Hands, given: WantedMargin) -> Said:
    costs = _costs(given, given.margin_percent)
    floor = margin_floor(costs, commission=_share(given.commission_percent))
    if floor is None:
        return {"error": "no-such-price", "detail": "The shares eat all of any price."}
    return {
        "lowest_price": tenge(floor.price),
        "commission": tenge(floor.commission),
        "tax": tenge(floor.tax),
        "returns": tenge(floor.returns),
        "margin": tenge(floor.margin),
    }


def _unit_economics(_: Hands, given: AtAPrice) -> Said:
    price, costs = Money.tenge(given.price_tenge), _costs(given)
    commission = _share(given.commission_percent).of(price)
    tax, returns = costs.tax.of(price), costs.returns.of(price)
    pieces = costs.cost + costs.delivery + costs.packing + costs.other
    left = price - commission - tax - returns - pieces
    hundredths = left.tiyn * 100 * _HUNDRED // price.tiyn
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), _HUNDRED)
    return {
        "price": tenge(price),
        "commission": tenge(commission),
        "tax": tenge(tax),
        "returns": tenge(returns),
        "costs_of_a_piece": tenge(pieces),
        "profit_of_a_piece": tenge(left),
        "margin_percent": f"{sign}{whole}.{rest:02d}",
    }


def _what_if(hands: Hands, given: Corridor) -> Said:
    changes = {
        "floor": Money.tenge(given.floor_tenge),
        "ceiling": Money.tenge(given.ceiling_tenge),
    }
    told = reasoning.preview(
        user=hands.user, product_id=given.product_id, changes=changes, now=hands.now
    )
    return {
        "price": tenge(told.price),
        "explanation": told.explanation.get(hands.language.value, ""),
        "lowest_allowed": tenge(told.legal.floor),
        "highest_allowed": tenge(told.legal.ceiling),
    }


FLOOR_CALCULATOR = Tool(
    "floor_calculator",
    "The lowest price that pays all costs of a piece and leaves a wanted margin.",
    WantedMargin,
    _floor_calculator,
)
UNIT_ECONOMICS = Tool(
    "unit_economics",
    "What is left of a price when commission, tax, returns and costs are paid.",
    AtAPrice,
    _unit_economics,
)
WHAT_IF = Tool(
    "what_if",
    "Which price would be decided for a product now, with another floor and ceiling. "
    "Changes nothing.",
    Corridor,
    _what_if,
)
