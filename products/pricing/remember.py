"""What a product learns from a look and a decision."""

from dataclasses import replace

from products.pricing.decide import Situation
from products.pricing.model import Decision, Memory, Rest


def remember(situation: Situation, decision: Decision | Rest) -> Memory:
    """The memory after a decision, as if its price were in force from now on.

    Learns the tipping point: a rival came to our price or under it after we had climbed there.
    """
    memory, at = situation.memory, situation.at
    if isinstance(decision, Rest):
        return memory
    in_force = memory.in_force
    if in_force is None:
        return replace(memory, in_force=decision.price, moved_at=at)
    rival = decision.rival
    if memory.climbed_to == in_force and rival is not None and rival.price <= in_force:
        memory = replace(memory, tipping=in_force, tipped_at=at, climbed_to=None)
    wants_up = decision.aim > in_force
    memory = replace(memory, room_since=(memory.room_since or at) if wants_up else None)
    if decision.price == in_force:
        return memory
    is_up = decision.price > in_force
    return replace(
        memory,
        in_force=decision.price,
        moved_at=at,
        climbed_to=decision.price if is_up else None,
    )
