"""A real browser at the sandbox's pages."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.cards import RECORDED_SKU
from sandbox.people import CODE, PASSWORD

pytestmark = pytest.mark.flow

BUTTON = ".button.is-primary"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH")
    if not path:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """A page with cookies of its own, forgotten afterwards."""
    context = await browser.new_context()
    context.set_default_timeout(10_000)
    yield await context.new_page()
    await context.close()


async def begin(tab: Page, visitor) -> None:
    await tab.goto(f"{visitor.cabinet}/oauth2/authorization/1?redirectUrl={visitor.shop}/mc/")


async def give_password(tab: Page, email: str, password: str = PASSWORD) -> None:
    await tab.fill("#user_email_field", email)
    await tab.click(BUTTON)
    await tab.fill("#password_field", password)
    await tab.click(BUTTON)


async def shops_in(tab: Page) -> list[str]:
    await tab.wait_for_selector("nav.navbar")
    return await tab.locator("nav.navbar span").all_inner_texts()


async def test_a_password_leads_into_the_cabinet(tab, visitor):
    await begin(tab, visitor)

    await give_password(tab, "aigerim@demo.kz")

    assert await shops_in(tab) == ["Aigerim Store · 30112233"]
    assert tab.url == f"{visitor.shop}/mc/"


async def test_a_mailed_code_leads_into_the_cabinet_and_the_device_is_remembered(tab, visitor):
    await begin(tab, visitor)
    await give_password(tab, "code@demo.kz")
    await tab.fill("#sms_code_field", CODE)
    await tab.check("#remember_device_field")
    await tab.click(BUTTON)

    shops = await shops_in(tab)

    names = {cookie["name"] for cookie in await tab.context.cookies()}
    assert shops == ["Кодовый магазин · 30700011"]
    assert {"mc-sid", "MS_AUTH_SSO", "MS_AUTH_DEVICE"} <= names


async def test_a_telephone_and_a_code_lead_into_the_cabinet(tab, visitor):
    await begin(tab, visitor)
    await tab.click("#phone_tab")
    await tab.fill("#user_phone_field", "8 701 000 00 01")
    await tab.click(BUTTON)
    await tab.fill('input[name="security-code"]', CODE)
    await tab.click(BUTTON)

    assert await shops_in(tab) == ["Телефонный магазин · 30700044"]


async def test_a_login_with_two_shops_chooses_one(tab, visitor):
    await begin(tab, visitor)
    await give_password(tab, "two@demo.kz")
    await tab.click("[data-merchant='30700033']")

    assert await shops_in(tab) == ["Первый из двух · 30700022", "Второй из двух · 30700033"]


async def test_refusals_are_shown_as_banners_and_field_errors(tab, visitor):
    await begin(tab, visitor)
    await tab.fill("#user_email_field", "no address")
    await tab.click(BUTTON)
    address = await tab.inner_text(".help.is-danger")

    await give_password(tab, "aigerim@demo.kz", "wrong")
    password = await tab.inner_text(".notification.is-danger")
    await give_again(tab, "flood@demo.kz")
    await expect(tab.locator(".notification.is-danger")).to_contain_text("Повторите через 120 с")
    await give_again(tab, "code@demo.kz")
    await tab.fill("#sms_code_field", "000000")
    await tab.click(BUTTON)
    code = await tab.inner_text(".help.is-danger")

    assert (address, password, code) == (
        "Введите e-mail",
        "Неверный логин или пароль",
        "Неверный код",
    )


async def give_again(tab: Page, email: str) -> None:
    await tab.fill("#user_email_field", email)
    await tab.fill("#password_field", PASSWORD)
    await tab.click(BUTTON)


async def test_the_cabinets_page_without_a_session_ends_at_the_login_page(tab, visitor):
    await tab.goto(f"{visitor.shop}/mc/")

    await tab.wait_for_url(f"{visitor.identity}/login")

    assert await tab.is_visible("#user_email_field")


async def test_the_market_page_follows_the_market_by_itself(tab, visitor):
    await tab.goto(f"{visitor.shop}/market/{RECORDED_SKU}")

    await visitor.order(
        "POST", "offers", {"master_sku": RECORDED_SKU, "merchant_id": "11271005", "price": 299_000}
    )

    await expect(tab.locator("#summary")).to_contain_text("299\u00a0000")


async def test_a_rival_is_moved_on_the_market_page(tab, visitor):
    await tab.goto(f"{visitor.shop}/market/{RECORDED_SKU}")
    row = tab.locator("#offers tr", has_text="Tehno Trade").filter(has_text="11271005")

    await row.locator("input[type=number]").fill("298000")
    await row.get_by_text("Поставить").click()

    await expect(tab.locator("#summary")).to_contain_text("298\u00a0000")


async def test_on_a_telephone_nothing_is_cut_off_and_one_touch_undercuts(browser, visitor):
    context = await browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)
    context.set_default_timeout(10_000)
    tab = await context.new_page()
    await tab.goto(f"{visitor.shop}/market/{RECORDED_SKU}")
    row = tab.locator("#offers tr", has_text="Tehno Trade").filter(has_text="11271005")

    width = await tab.evaluate("document.documentElement.scrollWidth")
    last = await row.get_by_text("Убрать").bounding_box()
    await row.get_by_text("Сбить").click()
    await expect(row.locator(".moved")).to_contain_text("назад")

    assert width == 360
    assert last is not None
    assert last["x"] + last["width"] <= 360
    _, answer = await visitor.offers(RECORDED_SKU, sortOption="PRICE")
    prices = [offer["price"] for offer in answer["offers"]]
    assert answer["offers"][0]["merchantId"] == "11271005"
    assert prices[0] == prices[1] - 1
    await context.close()
