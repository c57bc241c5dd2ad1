"""What can go wrong with a product."""

from cube_demper.kernel.errors import Conflict, Invalid, NotFound


class ProductMissing(NotFound):
    """There is no such product among yours."""

    code = "product-missing"


class ProposalMissing(NotFound):
    """Nothing of this product waits for a yes."""

    code = "proposal-missing"


class TapeTooShort(Conflict):
    """Too little was seen of this card's past."""

    code = "tape-too-short"


class DecisionMissing(NotFound):
    """There is no such decision for this product."""

    code = "decision-missing"


class OffersUnknown(Conflict):
    """Nobody has looked at this card yet."""

    code = "offers-unknown"


class FloorAboveCeiling(Invalid):
    """The floor is above the ceiling."""

    code = "floor-above-ceiling"


class CorridorIncomplete(Invalid):
    """A corridor needs a floor and a ceiling."""

    code = "corridor-incomplete"


class TariffUnreadable(Invalid):
    """The file is no table of commissions."""

    code = "tariff-unreadable"


class RulesClash(Invalid):
    """What is said about a product does not go together."""

    code = "rules-clash"


class AmountOutside(Invalid):
    """The amount is outside what a price can be."""

    code = "amount-outside"


class NothingToReckonFrom(Conflict):
    """What the amount is reckoned from is not known of this product."""

    code = "nothing-to-reckon-from"


class ChangedSince(Conflict):
    """The product was changed again since then."""

    code = "changed-since"


class TooManyRows(Invalid):
    """That is more than one bulk edit takes."""

    code = "too-many-rows"


class BulkEditMissing(NotFound):
    """There is no such bulk edit of yours."""

    code = "bulk-edit-missing"


class NothingToUndo(Conflict):
    """There is no bulk edit that could be taken back."""

    code = "nothing-to-undo"


class KeyReused(Conflict):
    """This Idempotency-Key came with another request before."""

    code = "idempotency-key-reused"


class CityIsHome(Conflict):
    """This is the store's own city: the product's own corridor holds there."""

    code = "city-is-home"


class CityNotSold(Conflict):
    """Kaspi shows no price of this product in that city."""

    code = "city-not-sold"


class CardKnown(Conflict):
    """The store's catalogue says on which card this product is sold."""

    code = "card-known"


class OutsideCorridor(Invalid):
    """The price is outside the product's corridor."""

    code = "outside-corridor"


class ChangeUnderWay(Conflict):
    """An earlier price of this product is on its way to Kaspi."""

    code = "change-under-way"


class CabinetNeeded(Conflict):
    """The store's prices go by price list, and preorders go by the cabinet only."""

    code = "cabinet-needed"


class PointMissing(NotFound):
    """The product is not sold at such a point."""

    code = "point-missing"


class PointNotSelling(Conflict):
    """The product is not on sale at this point: nobody could order it there."""

    code = "point-not-selling"


class PointHasStock(Conflict):
    """The product is in stock at this point."""

    code = "point-has-stock"
