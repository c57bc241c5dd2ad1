"""On which card a product is sold, where no catalogue says so."""

from collections.abc import Mapping
from datetime import datetime

from products.models import Card, Market, shard_of


def markets_of(titles: Mapping[str, str], *, city_id: str, now: datetime) -> dict[str, int]:
    """Make sure of a card and a market for each master sku; return master sku → market id.

    ``titles`` is master sku → a title for a card that is new here.
    """
    Card.objects.bulk_create(
        [Card(master_sku=sku, title=title[:500]) for sku, title in sorted(titles.items())],
        ignore_conflicts=True,
    )
    cards = dict(Card.objects.filter(master_sku__in=titles).values_list("master_sku", "pk"))
    Market.objects.bulk_create(
        [
            Market(card_id=pk, city_id=city_id, shard=shard_of(sku), next_look_at=now)
            for sku, pk in sorted(cards.items())
        ],
        ignore_conflicts=True,
    )
    markets = Market.objects.filter(card__in=cards.values(), city_id=city_id)
    return dict(markets.values_list("card__master_sku", "pk"))
