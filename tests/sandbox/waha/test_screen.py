"""The page on which a person plays the phones."""

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox.waha.visitor import BUYER, SELLER

pytestmark = pytest.mark.flow


@pytest.fixture
async def page(chromium_path):
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = await browser.new_page()
        yield page
        await browser.close()


async def test_a_person_scans_reads_and_writes_back(visitor, page: Page):
    await visitor.create()
    await visitor.until("SCAN_QR_CODE")
    await page.goto(f"{visitor.client._base_url}/_control/screen")

    await page.fill("input[name=phone]", SELLER)
    await page.click("text=Сканировать")
    await visitor.until("WORKING")
    await visitor.send("<b>Сәлем</b>")
    await page.fill("input[name=text]", "Бар ма?")
    await page.click("text=Написать продавцу")

    await expect(page.locator("li")).to_contain_text(["<b>Сәлем</b>", "Бар ма?"])
    assert [one["text"] for one in await visitor.chat(BUYER)] == ["<b>Сәлем</b>", "Бар ма?"]


async def test_only_a_code_on_offer_has_a_picture(visitor):
    await visitor.create()
    await visitor.until("SCAN_QR_CODE")

    async with visitor.client.get("/_control/code") as offered:
        picture = await offered.read()
    await visitor.post("/api/sessions/default/stop")
    async with visitor.client.get("/_control/code") as stopped:
        status = stopped.status

    assert (picture[:4], status) == (b"\x89PNG", 404)
