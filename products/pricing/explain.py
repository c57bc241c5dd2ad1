"""Say in a sentence, with the numbers in it, why a price is what it is."""

from products.pricing.model import Corridor, Decision, Reason


def explain(decision: Decision, corridor: Corridor) -> str:
    """One sentence for the seller."""
    if decision.rival is None:
        return f"No rival on the card: the ceiling, {decision.price}."
    rival = f"{decision.rival.name} asks {decision.rival.price}"
    match decision.reason:
        case Reason.AT_FLOOR:
            return f"{rival}; a step of {corridor.step} below is under the floor, {corridor.floor}."
        case Reason.AT_CEILING:
            return f"{rival}; that is above the ceiling, {corridor.ceiling}."
        case _:
            return f"{rival}; less a step of {corridor.step} makes {decision.price}."
