"""Products as tables: out as files, back in with changes."""

import csv
import zipfile
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from cube_demper.kernel.money import Money
from products.models import BulkEdit, Product
from products.services import tables
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def add(store, sku, **fields):
    return make_product(store=store, market=make_market(), sku=sku, **fields)


def exported(api, **asked):
    answer = api.get("/products/export", asked)
    assert answer.status_code == 200
    return answer.getvalue()


def csv_of(body):
    return list(csv.DictReader(StringIO(body.decode("utf-8-sig")), delimiter=";"))


def send(api, store, body, **said):
    file = SimpleUploadedFile("products.csv", body if isinstance(body, bytes) else body.encode())
    return api.post(
        "/products/import", {"file": file, "store_id": store.pk, **said}, format="multipart"
    )


def rows_of(api, edit):
    return api.get(f"/products/bulk-edits/{edit['id']}/rows").json()["results"]


def sheet(*rows):
    book, file = Workbook(write_only=True), BytesIO()
    page = book.create_sheet()
    for row in rows:
        page.append(row)
    book.save(file)
    return file.getvalue()


def test_an_export_tells_products_in_tenge_and_in_russian(api, store):
    add(
        store,
        "A-1",
        title="=HYPERLINK(1)",
        position=2,
        rules={"cost_tiyn": 80_050, "strategy": "MATCH_FIRST"},
        explanation={"ru": "Дешевле некуда"},
        is_paused=True,
    )

    [row] = csv_of(exported(api))

    assert row == {
        "Артикул": "A-1",
        "Название": "'=HYPERLINK(1)",
        "Карточка": row["Карточка"],
        "Магазин": "Electronics",
        "Состояние": "paused",
        "Цена": "1000",
        "Нужная цена": "",
        "Место": "2",
        "Причина": "Дешевле некуда",
        "Минимум": "900",
        "Максимум": "1500",
        "Шаг": "1",
        "Себестоимость": "800.5",
        "Стратегия": "как первый",
        "Пауза": "да",
        "Приоритет": "нет",
    }


def test_an_export_holds_the_sellers_own_products_that_the_filters_leave(api, store, stranger):
    add(store, "A", is_priority=True)
    add(store, "B")
    add(make_store(user=stranger), "C", is_priority=True)

    assert [row["Артикул"] for row in csv_of(exported(api, is_priority="true"))] == ["A"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_changes_nothing_when_it_comes_back(api, store, kind, monkeypatch):
    monkeypatch.setattr(tables, "_ROWS_AT_ONCE", 2)
    for place in range(5):
        add(store, f"'=A{place}", rules={"cost_tiyn": 80_050, "strategy": "CREEP"})

    edit = send(api, store, exported(api, file=kind)).json()

    assert (edit["kind"], edit["state"], edit["total"]) == ("import", "done", 5)
    assert (edit["unchanged"], edit["refused"]) == (5, 0)


def test_no_cell_of_a_workbook_is_a_formula(api, store):
    add(store, "A", title="=1+1\x07")

    book = load_workbook(BytesIO(exported(api, file="xlsx")))

    kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}
    assert "f" not in kinds


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_table_changes_what_its_cells_say(api, store, encoding):
    add(store, "A", rules={"cost_tiyn": 100, "strategy": "CREEP"})
    add(store, "B")
    table = (
        "Мои товары;;\n"
        "Артикул;Минимум;Максимум;Себестоимость;Стратегия;Пауза;Цена;Заметка\n"
        "A;1 100,00;1 300;-;;да;5;моя\n"
        "B;;;850,50;Быть первым;;;\n"
    )

    edit = send(api, store, table.encode(encoding)).json()

    assert (edit["state"], edit["changed"]) == ("done", 2)
    first, second = Product.rows.order_by("sku")
    assert (first.floor, first.ceiling) == (Money.tenge(1100), Money.tenge(1300))
    assert (first.rules, first.is_paused) == ({"strategy": "CREEP"}, True)
    assert (second.floor, second.is_paused) == (Money.tenge(900), False)
    assert second.rules == {"cost_tiyn": 85_050, "strategy": "BE_FIRST"}


def test_an_odd_cell_is_named_and_nothing_is_written(api, store):
    add(store, "A")
    add(store, "B")
    table = "Артикул,Минимум,Пауза\nA,950,\nB,дорого,\nC,,\nA,,\nB,,maybe\n"

    edit = send(api, store, table).json()

    assert (edit["state"], edit["refused"]) == ("refused", 4)
    rows = reversed(rows_of(api, edit))
    assert [(row["number"], row["state"], row["code"], row["column"]) for row in rows] == [
        (2, "left", "", ""),
        (3, "refused", "cell-unreadable", "Минимум"),
        (4, "refused", "product-missing", ""),
        (5, "refused", "line-repeated", "Артикул"),
        (6, "refused", "cell-unreadable", "Пауза"),
    ]
    assert set(Product.rows.values_list("floor", flat=True)) == {Money.tenge(900)}


def test_the_good_lines_are_kept_where_that_is_asked_for(api, store):
    add(store, "A")

    edit = send(api, store, "Артикул;Минимум\nA;950\nC;950\n", all_or_nothing="false").json()

    assert (edit["state"], edit["changed"], edit["refused"]) == ("done", 1, 1)
    assert Product.rows.get().floor == Money.tenge(950)


def test_a_dry_run_of_a_table_writes_nothing(api, store):
    add(store, "A")

    told = send(api, store, "Артикул;Минимум\nA;950\nB;x\n", dry_run="true").json()

    assert (told["changed"], told["refused"]) == (1, 1)
    assert (Product.rows.get().floor, BulkEdit.rows.count()) == (Money.tenge(900), 0)


def test_somebody_elses_store_is_not_there(api, stranger):
    product = add(make_store(user=stranger), "A")

    answer = send(api, product.store, "Артикул;Минимум\nA;950\n")

    assert (answer.status_code, answer.json()["code"]) == (404, "store-missing")
    assert BulkEdit.rows.count() == 0


def bomb():
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (80 * 1024 * 1024))
    return file.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"nothing like it", id="no header"),
        pytest.param("Артикул;Название\nA;B\n".encode(), id="nothing that can be set"),
        pytest.param(b"PK\x03\x04 and no more", id="half an archive"),
        pytest.param(bomb(), id="a bomb"),
        pytest.param('Артикул;Минимум\n"A;950\n'.encode(), id="an open quote"),
        pytest.param(sheet(), id="an empty sheet"),
        pytest.param("Артикул;Минимум\n".encode() + b"A;1\n" * 10_001, id="too many lines"),
    ],
)
def test_a_file_that_is_no_table_is_refused(api, store, body):
    answer = send(api, store, body)

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert BulkEdit.rows.count() == 0


def test_a_cell_with_an_impossible_letter_refuses_its_line(api, store):
    edit = send(api, store, "Артикул;Минимум\nA\0;950\n").json()

    assert (edit["state"], edit["refused"]) == ("refused", 1)
