"""Tables that are written, as any program reads them."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cube_demper.kernel.sheets import harmless, rows_of, write_xlsx

pytestmark = pytest.mark.unit

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
numbers = st.integers(-(10**14), 10**14) | st.sampled_from([0.5, 800.05])


def written(*rows):
    file = BytesIO()
    write_xlsx(rows, file, title="Товары")
    return file


@given(rows=st.lists(st.lists(texts | numbers, min_size=1, max_size=5), max_size=5))
def test_every_cell_is_found_where_it_was_put(rows):
    [sheet] = load_workbook(written(*rows)).worksheets

    found = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}
    told = {coordinate: value for coordinate, value in found.items() if value is not None}
    assert sheet.title == "Товары"
    assert told == {
        f"{letter}{number}": harmless(cell)
        for number, row in enumerate(rows, start=1)
        for letter, cell in zip("ABCDE", row, strict=False)
        if cell != ""
    }


@given(text=texts.map(str.strip))
def test_whatever_a_cell_says_is_read_back(text):
    [(_, row)] = rows_of(written(["A", text, "B"]), most_bytes=10**6, most_columns=3)

    assert row == ["A", text, "B"]


@pytest.mark.parametrize("text", ["=1+1", "+7", "-", "@A1", "\t=1", "'=1"])
def test_no_cell_is_a_formula(text):
    [[cell]] = load_workbook(written([text])).worksheets[0].iter_rows()

    assert (cell.value, cell.data_type) == (f"'{text}", "s")
