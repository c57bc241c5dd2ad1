"""The price list the house opens with. Later prices are versions beside it, made in the admin."""

from dataclasses import dataclass
from typing import Final

from billing.terms import Feature, Terms

MONTHS_PAID_OF_A_YEAR: Final = 10
TRIAL_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class PlanOffer:
    code: str
    name: dict[str, str]
    rank: int
    tenge_a_month: int
    trial_days: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class AddonOffer:
    code: str
    name: dict[str, str]
    tenge_a_month: int
    repriced_products: int = 0
    features: frozenset[Feature] = frozenset()
    most: int = 1


_STANDARD = frozenset({Feature.BACKTEST, Feature.PRIORITY_PRODUCTS, Feature.WHATSAPP_ALERTS})
_DELIVERY = {"ru": "Цены по доставке", "kk": "Жеткізу бойынша баға", "en": "Prices by delivery"}
_CITIES = frozenset({Feature.CITY_REPRICING, Feature.DELIVERY_REPRICING})

PLANS: Final = (
    PlanOffer(
        *("free", {"ru": "Бесплатный", "kk": "Тегін", "en": "Free"}),
        rank=0,
        tenge_a_month=0,
        trial_days=0,
        terms=Terms(
            repriced_products=0,
            analysed_products=50,
            stores=1,
            helpers=0,
            shortest_interval_s=3600,
            features=frozenset(),
        ),
    ),
    PlanOffer(
        *("basic", {"ru": "Базовый", "kk": "Негізгі", "en": "Basic"}),
        rank=10,
        tenge_a_month=21_990,
        trial_days=TRIAL_DAYS,
        terms=Terms(
            repriced_products=50,
            analysed_products=500,
            stores=1,
            helpers=1,
            shortest_interval_s=900,
            features=frozenset({Feature.BACKTEST}),
        ),
    ),
    PlanOffer(
        *("standard", {"ru": "Стандарт", "kk": "Стандарт", "en": "Standard"}),
        rank=20,
        tenge_a_month=27_990,
        trial_days=TRIAL_DAYS,
        terms=Terms(
            repriced_products=100,
            analysed_products=1_000,
            stores=3,
            helpers=3,
            shortest_interval_s=300,
            features=_STANDARD,
        ),
    ),
    PlanOffer(
        *("premium", {"ru": "Премиум", "kk": "Премиум", "en": "Premium"}),
        rank=30,
        tenge_a_month=33_990,
        trial_days=TRIAL_DAYS,
        terms=Terms(
            repriced_products=200,
            analysed_products=None,
            stores=10,
            helpers=10,
            shortest_interval_s=180,
            features=_STANDARD | _CITIES | {Feature.ASSISTANTS},
        ),
    ),
)

ADDONS: Final = (
    AddonOffer(
        *("products-100", {"ru": "+100 товаров", "kk": "+100 тауар", "en": "100 more products"}),
        tenge_a_month=10_000,
        repriced_products=100,
        most=50,
    ),
    AddonOffer(
        *("preorders", {"ru": "Предзаказ", "kk": "Алдын ала тапсырыс", "en": "Preorders"}),
        tenge_a_month=10_000,
        features=frozenset({Feature.PREORDERS}),
    ),
    AddonOffer(
        *("whatsapp", {"ru": "WhatsApp", "kk": "WhatsApp", "en": "WhatsApp"}),
        tenge_a_month=15_000,
        features=frozenset({Feature.WHATSAPP_ALERTS, Feature.WHATSAPP_TO_BUYERS}),
    ),
    AddonOffer(
        *("ai-salesman", {"ru": "ИИ-продавец", "kk": "ЖИ-сатушы", "en": "AI salesman"}),
        tenge_a_month=15_000,
        features=frozenset({Feature.AI_SALESMAN}),
    ),
    AddonOffer(
        *("cities", {"ru": "Цены по городам", "kk": "Қала бойынша баға", "en": "Prices by city"}),
        tenge_a_month=10_000,
        features=frozenset({Feature.CITY_REPRICING}),
    ),
    AddonOffer(
        *("delivery", _DELIVERY),
        tenge_a_month=10_000,
        features=frozenset({Feature.DELIVERY_REPRICING}),
    ),
)
