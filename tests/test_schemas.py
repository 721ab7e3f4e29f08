"""The table definitions, and the page that is made of them."""

from pathlib import Path

from swath.schemas import ALL_TABLES, formats_page

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"


def test_the_page_of_formats_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == formats_page(), "run make docs"


def test_every_column_says_what_it_means():
    for tables in ALL_TABLES.values():
        for table in tables:
            assert table.meaning.endswith(".")
            names = [column.name for column in table.columns]
            assert len(names) == len(set(names))
            assert all(column.meaning.endswith(".") and column.sql_type for column in table.columns)
