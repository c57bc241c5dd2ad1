"""`manage.py reprice PRODUCT`: print how a product's price comes about, now and last time."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from products.models import Product
from products.pricing.model import Decision, Rival
from products.services.reasoning import Reasoning, reason_now


class Command(BaseCommand):
    help = "Print one product's reasoning among the offers last seen. Nothing is written."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("product", metavar="PRODUCT", type=int, help="its id here")

    @override
    def handle(self, *args: Any, product: int, **options: Any) -> None:
        found = Product.rows.filter(pk=product).select_related("store", "market__card").first()
        if found is None:
            raise CommandError(f"There is no product {product}.")
        try:
            reasoning = reason_now(found, now=timezone.now())
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{found}, {found.store}, in force {found.price or 'unknown'}")
        for line in lines(reasoning):
            self.stdout.write(line)


def lines(found: Reasoning) -> Iterator[str]:
    """The reasoning, a step a line."""
    decision = found.decision
    yield f"allowed   {found.legal.floor} … {found.legal.ceiling}"
    yield f"strategy  {found.situation.rules.strategy.lower()}"
    for rival in found.rivals:
        yield f"rival     {_offer(rival)}"
    for offer, why in found.left_out:
        yield f"left out  {_offer(offer)}: {why.lower()}"
    if isinstance(decision, Decision):
        yield f"aim       {decision.aim}"
        for clamp in decision.clamps:
            yield f"bound     {clamp.bound.lower()}: {clamp.before} → {clamp.after}"
        yield f"price     {decision.price}, place {decision.position}"
    yield f"reason    {decision.reason.lower()}"
    for language, sentence in found.explanation.items():
        yield f"{language}        {sentence}"


def _offer(offer: Rival) -> str:
    rating = "no rating" if offer.rating is None else f"{offer.rating / 100:.2f}"
    return f"{offer.price} {offer.name} ({offer.merchant_id}), {rating}, {offer.reviews} reviews"
