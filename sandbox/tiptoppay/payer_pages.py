"""Pages on which a person plays the payer: the widget, a payment link, the bank's question."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from sandbox.tiptoppay import bank, figures
from sandbox.tiptoppay.book import Asked, Operation, Status
from sandbox.tiptoppay.payments import NotPossible
from sandbox.tiptoppay.routes import Call, Route
from sandbox.tiptoppay.till import Till, read_widget
from sandbox.waha.wire import Answer, Request

_FOLDER: Final = Path(__file__).with_name("pages")
_HTML: Final = "text/html; charset=utf-8"
_SEE_OTHER: Final = 303
_SHOWN_MOST: Final = 30
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class PayerPages:
    till: Till

    def routes(self) -> list[Route]:
        return [
            Route("GET", "", self.overview),
            Route("POST", "/_control/later", self.later),
            Route("GET", "/bundles/widget.js", self.script),
            Route("GET", "/widget", self.widget),
            Route("POST", "/widget", self.pay_widget),
            Route("GET", "/d/*", self.link),
            Route("POST", "/d/*", self.pay_link),
            Route("GET", "/acs/*", self.question),
            Route("POST", "/acs/*", self.reply),
            Route("GET", "/result/*", self.result),
        ]

    async def overview(self, _call: Call) -> Answer:
        """What waits to be paid, and what happened lately."""
        book = self.till.world.book
        waiting = [one for one in book.links.values() if one.status == "Created"]
        shown = {
            "now": figures.spoken(self.till.world.clock.now()),
            "links": "".join(
                f'<li><a href="/d/{one.id}">{_line(one.asked)}</a></li>'
                for one in reversed(waiting[-_SHOWN_MOST:])
            ),
            "operations": "".join(
                f"<li>{one.kind.name.lower()} {one.status} {_line(one.asked)}</li>"
                for one in reversed(list(book.operations.values())[-_SHOWN_MOST:])
            ),
            "schedules": "".join(
                f"<li>{one.status} {_line(one.asked)}, next {figures.spoken(one.next_at)}</li>"
                for one in book.schedules.values()
            ),
        }
        return _page("till.html", shown)

    async def later(self, _call: Call) -> Answer:
        """A day passes."""
        world = self.till.world
        world.clock.advance(_DAY_S)
        world.agenda.settle()
        return Answer(_SEE_OTHER, headers={"Location": "/"})

    async def script(self, _call: Call) -> Answer:
        """What a shop's page loads: `new tiptop.Widget().start({…})` leads to our page."""
        script = Template((_FOLDER / "widget.js").read_text())
        body = script.substitute(home=json.dumps(self.till.world.home)).encode()
        return Answer(200, body, content_type="text/javascript; charset=utf-8")

    async def widget(self, call: Call) -> Answer:
        return _form(read_widget(_given(call.request)), note="")

    async def pay_widget(self, call: Call) -> Answer:
        one = await self.till.pay_widget(_given(call.request), call.params.text("Card"))
        return self._onward(one)

    async def link(self, call: Call) -> Answer:
        link = self.till.link(call.last_step)
        note = "" if link.status == "Created" else "This link is closed: it was paid or cancelled."
        return _form(link.asked, note=note)

    async def pay_link(self, call: Call) -> Answer:
        link = self.till.link(call.last_step)
        return self._onward(await self.till.pay_link(link, call.params.text("Card")))

    async def question(self, call: Call) -> Answer:
        one = self._operation(call)
        shown = {**_told(one.asked), "card": escape(one.card.shown)}
        return _page("acs.html", shown)

    async def reply(self, call: Call) -> Answer:
        one = self._operation(call)
        await self.till.authenticate(one, passes=call.params.flag("Passes"))
        return self._onward(one)

    async def result(self, call: Call) -> Answer:
        one = self._operation(call)
        message = bank.words(one.reason_code, one.asked.culture)
        return _page("result.html", {**_told(one.asked), "message": message, "status": one.status})

    def _operation(self, call: Call) -> Operation:
        number = call.last_step
        known = self.till.world.book.operations
        one = known.get(int(number)) if number.isascii() and number.isdigit() else None
        if one is None:
            raise NotPossible("Transaction not found")
        return one

    def _onward(self, one: Operation) -> Answer:
        """Send the payer to the bank, back to the shop, or to our own last page."""
        if one.status is Status.AWAITING:
            return Answer(_SEE_OTHER, headers={"Location": f"/acs/{one.id}"})
        address = self.till.way_back(one) or f"/result/{one.id}"
        if "\r" in address or "\n" in address:
            raise NotPossible("The address to go back to is no address")
        return Answer(_SEE_OTHER, headers={"Location": address})


def _form(asked: Asked, *, note: str) -> Answer:
    cards = "".join(
        f'<label><input type="radio" name="card" value="{one["number"]}" required> '
        f"<b>{one['shown']}</b> {one['told']}</label>"
        for one in bank.listed()
    )
    return _page("pay.html", {**_told(asked), "cards": cards, "note": escape(note)})


def _line(asked: Asked) -> str:
    told = _told(asked)
    return f"{told['amount']}: {told['description']} (invoice {told['invoice']})"


def _told(asked: Asked) -> dict[str, str]:
    return {
        "amount": escape(f"{figures.text(asked.amount)} {asked.currency}"),
        "description": escape(asked.description),
        "invoice": escape(asked.invoice_id),
        "account": escape(asked.account_id),
    }


def _page(name: str, shown: dict[str, str]) -> Answer:
    page = Template((_FOLDER / name).read_text()).substitute(shown)
    return Answer(200, page.encode(), content_type=_HTML)


def _given(request: Request) -> dict[str, Any]:
    """The widget's parameters, as our own script puts them into the address."""
    try:
        given = json.loads(request.query.get("p", ""))
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise NotPossible("The widget's parameters are missing")
    return given
