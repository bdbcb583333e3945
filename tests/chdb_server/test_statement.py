import pytest

from deploy.chdb_server.statement import InlineInsert, answer_format, holds_several, inline_insert


@pytest.mark.parametrize(
    ("text", "before", "after", "rows"),
    [
        (b"INSERT INTO t FORMAT CSV\n1\n", "INSERT INTO t ", "FORMAT CSV", b"1\n"),
        (b"insert into d.t (a, `b`) format JSONEachRow {}", "insert into d.t (a, `b`) ", "format JSONEachRow", b"{}"),
        (b"INSERT INTO t SETTINGS a = 1 FORMAT TSV\r\n1", "INSERT INTO t ", "SETTINGS a = 1 FORMAT TSV", b"1"),
        (b"-- FORMAT\n/* ( */INSERT INTO t FORMAT CSV;\n1", "-- FORMAT\n/* ( */INSERT INTO t ", "FORMAT CSV", b"1"),
        (b"INSERT INTO FUNCTION f('SELECT (') FORMAT CSV\n", "INSERT INTO FUNCTION f('SELECT (') ", "FORMAT CSV", b""),
        (b"INSERT INTO t (`values`, select) FORMAT CSV\n1", "INSERT INTO t (`values`, select) ", "FORMAT CSV", b"1"),
    ],
)
def test_rows_after_an_insert_are_found(text: bytes, before: str, after: str, rows: bytes) -> None:
    assert inline_insert(text) == InlineInsert(before, after, len(text) - len(rows))


@pytest.mark.parametrize(
    "text",
    [
        b"SELECT 1 FORMAT CSV",
        b"INSERT INTO t VALUES (1)",
        b"INSERT INTO t SELECT 1 FORMAT CSV",
        b"INSERT INTO t FROM INFILE 'f' FORMAT CSV",
        b"INSERT INTO t",
        b"",
    ],
)
def test_other_statements_have_no_rows(text: bytes) -> None:
    assert inline_insert(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"SELECT 1", "Native"),
        (b"SELECT 'FORMAT CSV' FORMAT JSON", "JSON"),
        (b"(SELECT 1 FORMAT CSV)", "Native"),
        (b"WITH 1 AS x SELECT x FORMAT CSV SETTINGS max_threads = 1", "CSV"),
        (b"SHOW TABLES", "Native"),
        (b"CREATE VIEW v AS SELECT 1", None),
        (b"INSERT INTO t SELECT 1", None),
    ],
)
def test_the_format_of_an_answer_is_known(text: bytes, expected: str | None) -> None:
    assert answer_format(text, "Native") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"SELECT 1", False), (b"SELECT 1; -- done\n", False), (b"SELECT ';'", False), (b"SELECT 1; SELECT 2", True)],
)
def test_a_second_statement_is_noticed(text: bytes, expected: bool) -> None:
    assert holds_several(text) is expected
