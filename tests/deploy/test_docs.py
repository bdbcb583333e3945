"""The guides are right: links lead somewhere, and paths, tables, settings, commands and queries exist."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from clickhouse_connect.driver.client import Client
from typer.main import get_group

from deploy.local.clickhouse import ClickHouse
from schemas.settings.connections import ClickHouseSettings
from schemas.settings.processes import METRICS_PORTS
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from streams.command.app import build
from streams.settings import Settings, setting_rows
from streams.settings_errors import PREFIX
from tests.deploy.compose import ROOT, stayline_services
from tests.deploy.tables import describe, renew

PAGES = sorted(
    str(path.relative_to(ROOT)) for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md") for path in ROOT.glob(pattern)
)
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
GUIDES = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
QUERIES = re.findall(r"```sql\n(.+?)```", GUIDES["tables.md"], re.DOTALL)
_SECTIONS = set(Settings.model_fields)
_FOLDERS = "bench|customers|deploy|docs|retention|risk|runtime|schemas|sinks|streams|tests"
_NO_SETTINGS = {"retention.ms", "retention.toml"}
_WORDS_OF_A_PAGE = 450


def _headings(text: str) -> set[str]:
    """Anchors as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _block(guide: str, name: str) -> str:
    return str(re.findall(rf"```{name}\n(.+?)```", GUIDES[guide], re.DOTALL)[0])


@pytest.fixture(scope="module")
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """Give a database with this program's schema."""
    settings = ClickHouseSettings(url=clickhouse.url, database=f"docs_{uuid.uuid4().hex}")
    migrate(settings)
    with open_client(settings) as opened:
        yield opened


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        file = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in _headings(file.read_text("utf-8")), target


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_module_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    paths = re.findall(rf"`((?:{_FOLDERS})/[\w./*-]*)`", text)
    modules = [name.replace(".", "/") for name in re.findall(rf"python -m ((?:{_FOLDERS})(?:\.\w+)*)", text)]

    assert [path for path in paths if not any(ROOT.glob(path))] == []
    assert [name for name in modules if not any(ROOT.glob(f"{name}.py")) and not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_record_has_a_status_and_its_headings(record: Path) -> None:
    text = record.read_text("utf-8")

    assert re.search(r"\A# \d+\. .+\n\nStatus: (accepted|amended by|superseded by)", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_record_is_under_a_page(record: Path) -> None:
    assert len(record.read_text("utf-8").split()) <= _WORDS_OF_A_PAGE


def test_the_index_lists_every_decision_record() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")

    assert re.findall(r"^\| \[\d+\]\((.+?)\)", index, re.MULTILINE) == [path.name for path in RECORDS]


@pytest.mark.parametrize("guide", GUIDES)
def test_every_setting_that_is_named_exists(guide: str) -> None:
    known = {name.removeprefix(PREFIX).lower().replace("__", ".") for name, _, _ in setting_rows(Settings())}
    named = set(re.findall(rf"`((?:{'|'.join(_SECTIONS)})\.\w+)`", GUIDES[guide]))

    assert named - _NO_SETTINGS <= known


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_that_is_named_exists(guide: str) -> None:
    named = re.findall(r"(?:^|`)stayline ([a-z][a-z-]*)", GUIDES[guide], re.MULTILINE)
    named += re.findall(r"compose run --rm (?:-T )?topics ([a-z-]+)", GUIDES[guide])

    assert set(named) <= set(get_group(build()).commands)


def test_the_example_of_a_settings_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stayline.toml").write_text(_block("running.md", "toml stayline.toml"), "utf-8")
    monkeypatch.chdir(tmp_path)

    assert Settings().money.reporting_currency == "EUR"


def test_the_example_of_a_second_worker_has_a_name_and_a_volume_of_its_own() -> None:
    example = yaml.safe_load(_block("running.md", "yaml compose.override.yml"))
    second, first = example["services"]["worker-2"], stayline_services()["worker"]

    assert second["environment"]["STAYLINE_INSTANCE"] != first["environment"]["STAYLINE_INSTANCE"]
    assert [volume.partition(":")[0] for volume in second["volumes"]] == list(example["volumes"])
    assert [volume.partition(":")[2] for volume in second["volumes"]] == [
        volume.partition(":")[2] for volume in first["volumes"]
    ]


def test_the_ports_are_those_that_processes_serve() -> None:
    listed = dict(re.findall(r"^\| (\w+) \| (\d{4}) \|", GUIDES["running.md"], re.MULTILINE))

    assert {name: int(port) for name, port in listed.items()} == METRICS_PORTS


@pytest.mark.servers
def test_every_table_is_described_as_the_database_describes_it(client: Client) -> None:
    sections = describe(client)

    assert set(re.findall(r"^### (\w+)$", GUIDES["tables.md"], re.MULTILINE)) == set(sections)
    assert GUIDES["tables.md"] == renew(GUIDES["tables.md"], sections), "write it by python -m tests.deploy.tables"


@pytest.mark.servers
@pytest.mark.parametrize("query", QUERIES)
def test_every_query_is_answered(client: Client, query: str) -> None:
    assert client.query(query).result_rows == []


@pytest.mark.servers
def test_every_query_of_the_runbooks_is_answered(client: Client) -> None:
    answers = [client.query(query).result_rows for query in re.findall(r"`(SELECT [^`]+)`", GUIDES["runbooks.md"])]

    assert len(answers) == 9
    assert answers[:3] == [[], [], []]  # what should not be there


def test_the_picture_is_whole() -> None:
    picture = ET.parse(ROOT / "docs" / "journey.svg").getroot()  # noqa: S314 - our own file

    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
