from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from billing import selectors
from billing.models import Addon, Plan, PlanVersion
from billing.terms import EVERYTHING, Feature, Limit
from cube_demper.kernel.money import Money
from tests.billing.selling import make_promo, make_version, open_plans, plan_version
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db):
    open_plans()


def test_the_house_opens_with_four_plans():
    versions = list(selectors.plans_on_sale(NOW))

    assert [(one.plan.code, one.month_price, one.repriced_products) for one in versions] == [
        ("free", Money.tenge(0), 0),
        ("basic", Money.tenge(21_990), 50),
        ("standard", Money.tenge(27_990), 100),
        ("premium", Money.tenge(33_990), 200),
    ]


def test_a_year_costs_ten_months():
    assert plan_version("basic").year_price == Money.tenge(219_900)


def test_opening_again_leaves_what_is_there(capsys):
    make_version(code="basic", month_price=Money.tenge(1))

    call_command("load_plans")

    assert capsys.readouterr().out == "0 plans and add-ons were new.\n"
    assert PlanVersion.objects.filter(plan__code="basic").count() == 2


def test_a_version_of_tomorrow_is_not_sold_today():
    make_version(code="basic", month_price=Money.tenge(1), valid_from=NOW + timedelta(days=1))

    today = selectors.plans_on_sale(NOW).get(plan__code="basic")
    tomorrow = selectors.plans_on_sale(NOW + timedelta(days=1)).get(plan__code="basic")

    assert (today.month_price, tomorrow.month_price) == (Money.tenge(21_990), Money.tenge(1))


def test_an_addon_is_sold_in_its_newest_version_until_it_ends():
    first = Addon.objects.get(code="whatsapp")
    Addon.objects.create(
        code="whatsapp",
        number=2,
        name=first.name,
        valid_from=NOW,
        month_price=Money.tenge(1),
        year_price=Money.tenge(10),
        features=first.features,
    )
    Addon.objects.filter(code="delivery").update(valid_to=NOW + timedelta(seconds=1))

    sold = selectors.addons_on_sale(NOW + timedelta(seconds=1))

    assert {one.code: one.number for one in sold} == {
        "ai-salesman": 1,
        "cities": 1,
        "preorders": 1,
        "products-100": 1,
        "whatsapp": 2,
    }


def test_one_promo_code_has_one_row_whatever_its_case():
    make_promo(code="Start")

    with pytest.raises(IntegrityError, match="one_promo_a_word"), transaction.atomic():
        make_promo(code="START")


def test_addons_widen_terms():
    terms = plan_version("basic").terms.with_more(
        repriced_products=200, features=[Feature.PREORDERS]
    )

    assert terms.most(Limit.REPRICED_PRODUCTS) == 250
    assert terms.features == {Feature.BACKTEST, Feature.PREORDERS}


def test_no_limit_stays_no_limit():
    assert EVERYTHING.with_more(repriced_products=100, features=[]) == EVERYTHING


@pytest.mark.parametrize("rows", [1, 3])
def test_everybody_reads_the_price_list(anyone, rows, django_assert_num_queries):
    PlanVersion.objects.update(valid_from=timezone.now())
    Plan.objects.filter(rank__gte=rows * 10).update(is_public=False)

    with django_assert_num_queries(2):
        answer = anyone.get(reverse("billing-plans"))

    body = answer.json()
    assert answer.status_code == 200
    assert [plan["code"] for plan in body["plans"]] == ["free", "basic", "standard"][:rows]
    assert body["plans"][0] == {
        "code": "free",
        "name": {"ru": "Бесплатный", "kk": "Тегін", "en": "Free"},
        "version": 1,
        "month_price_tiyn": 0,
        "year_price_tiyn": 0,
        "trial_days": 0,
        "limits": {
            "repriced_products": 0,
            "analysed_products": 50,
            "stores": 1,
            "helpers": 0,
            "shortest_interval_s": 3600,
        },
        "features": [],
    }
    assert [one["month_price_tiyn"] for one in body["addons"]] == [
        *(1_500_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_500_000)
    ]


def test_a_version_is_made_in_the_admin_and_never_changed(admin_site):
    version = plan_version("basic")

    page = admin_site.get(reverse("admin:billing_planversion_change", args=[version.pk]))

    assert b"_save" not in page.content
    assert admin_site.get(reverse("admin:billing_planversion_add")).status_code == 200
