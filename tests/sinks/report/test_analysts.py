"""The questions of docs/analysts.md: every query runs, and answers what the page prints below it."""

from collections.abc import Iterator
from itertools import chain

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from sinks.clickhouse.client import open_client
from tests.sinks.answers import GUIDE, Question, answered, questions
from tests.sinks.conftest import new_database
from tests.sinks.shop import play, put

QUESTIONS = questions(GUIDE.read_text("utf-8"))
HOW = "what Stayline says has changed: write the answers anew by python -m tests.sinks.answers"


@pytest.fixture(scope="module")
def shop(clickhouse: ClickHouse) -> Iterator[Client]:
    """A database with all that happened in the simulated shop."""
    database = new_database(clickhouse)
    with open_client(database) as client:
        put(client, database, play())
        yield client


def cells(table: str) -> list[str]:
    return list(chain.from_iterable(line.strip("|").split("|") for line in table.splitlines()))


def near(cell: str) -> object:
    """A number as it may come out on another processor: the model's last digits differ between them."""
    try:
        return pytest.approx(float(cell), rel=0.01, abs=0.011)
    except ValueError:
        return cell


def as_number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_there_are_as_many_questions_as_queries() -> None:
    assert len(QUESTIONS) == GUIDE.read_text("utf-8").count("```sql") >= 25


@pytest.mark.servers
@pytest.mark.parametrize("question", QUESTIONS, ids=[question.title for question in QUESTIONS])
def test_a_question_is_answered_as_the_page_says(shop: Client, question: Question) -> None:
    assert question.answer is not None, HOW
    answer = answered(shop, question.query)
    assert len(answer.splitlines()) > 2, "nobody learns anything from an empty answer"
    assert [as_number(cell) for cell in cells(answer)] == [near(cell) for cell in cells(question.answer)], HOW
