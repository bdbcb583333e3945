"""The desk served to tests: real pages over HTTP, with parts that a test can look into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final

from prometheus_client import CollectorRegistry

from deploy.local.ports import listens, reserve_port
from desk.metrics import DeskMetrics
from desk.people.passwords import hash_password
from desk.people.proxy import AuthenticatingProxy
from desk.people.sessions import DeskSessions
from desk.people.sign_in_limit import SignInLimit
from desk.people.users import User, UsersFile
from desk.process import new_server
from desk.reading.rows import CustomerPage
from desk.trials.running import PlaybookTrials
from desk.web.data.facts import ActionFacts, DeskFacts
from desk.web.data.recent import RecentEntries
from desk.web.data.sources import DeskSources
from desk.web.data.streams import ChangeStreams
from desk.web.drawing.render import Pages
from desk.web.parts import DeskParts
from schemas.records.desk_audit import DeskAudit
from schemas.settings.desk import DeskSettings
from tests.desk.figures import FIGURES, GROUPS, LISTED, USES
from tests.desk.judge_in_memory import JudgeInMemory
from tests.desk.memory_board import MemoryBoard
from tests.desk.people_of_a_shop import SCRIPT, customer, decision_for
from tests.kit.waiting import wait_until

PASSWORD: Final = "correct horse battery staple"
SECRET: Final = "a secret of tests that is long enough"
FACTS: Final = DeskFacts(
    currency="EUR",
    horizon_days=90.0,
    actions={"call": ActionFacts("Call, and settle what is open", "care", ("phone",))},
    sentences={
        "rules": ["Rule 1 (complaint_first): When a complaint is open, then call."],
        "actions": ["call: Call, and settle what is open (care, by phone)."],
    },
)
_HASHED: Final[dict[str, str]] = {}


@dataclass
class AuditList:
    """Audit records in memory."""

    records: list[DeskAudit] = field(default_factory=list)

    def note(self, record: DeskAudit) -> None:
        """Take a record."""
        self.records.append(record)

    def keep(self, record: DeskAudit) -> None:
        """Take a record."""
        self.records.append(record)

    @property
    def deeds(self) -> list[tuple[str, str]]:
        """Return the people and their steps, in order."""
        return [(record.by, record.deed) for record in self.records]


@dataclass(frozen=True)
class ServedDesk:
    """A desk that listens.

    Attributes:
        address: Of its first page.
        parts: What it was made from.
        audit: What it has recorded.
    """

    address: str
    parts: DeskParts
    audit: AuditList

    def cookie_of(self, name: str) -> str:
        """The cookie header of a user who has signed in."""
        user = self.parts.users.find(name)
        assert user is not None
        return f"stayline_desk={self.parts.sessions.issue(user, self.parts.now())}"

    def link_of(self, name: str) -> str:
        """A link that signs a user in."""
        user = self.parts.users.find(name)
        assert user is not None
        return f"{self.address}/sign-in/{self.parts.sessions.issue(user, self.parts.now(), 'link')}"


def sources_of(*customers: CustomerPage) -> DeskSources:
    """Sources that know some customers; without any, an ordinary one, one of bad intentions, and another."""
    known = {
        one.customer_id: one for one in customers or (customer(), customer(SCRIPT, text=SCRIPT), customer("c-4712"))
    }
    return DeskSources(
        customer=lambda name, _: known.get(name),
        older=lambda *_: (),
        find=lambda text: [name for name in known if name.startswith(text)],
        effects=lambda: FIGURES,
        action_effects=lambda: FIGURES.effects,
        rule_uses=lambda: USES,
        groups=lambda: GROUPS,
        listed=lambda wanted, limit, offset: LISTED[offset : offset + limit] if wanted.segment != "let_be" else (),
    )


def make_parts(
    folder: Path,
    audit: AuditList,
    proxy: AuthenticatingProxy | None = None,
    sources: DeskSources | None = None,
    board: MemoryBoard | None = None,
    open_pages: int = 1_000,
) -> DeskParts:
    """Parts of a desk with an agent, a lead and an admin."""
    stop = Event()
    standing = board or MemoryBoard(decision_for("c-4711"))
    users = UsersFile(folder / "users.json")
    if "hash" not in _HASHED:
        _HASHED["hash"] = hash_password(PASSWORD)
    users.put(User(name="ann", role="agent", teams=("care",), password=_HASHED["hash"]))
    users.put(User(name="leo", role="lead", teams=("care", "shop"), password=_HASHED["hash"]))
    users.put(User(name="ida", role="admin", password=_HASHED["hash"]))
    return DeskParts(
        users=users,
        sessions=DeskSessions(users, SECRET, timedelta(hours=12)),
        limit=SignInLimit(),
        proxy=proxy,
        audit=audit,
        now=_now,
        pages=Pages("EUR", _now),
        facts=FACTS,
        sources=sources or sources_of(),
        board=standing,
        streams=ChangeStreams(standing, open_pages),
        metrics=DeskMetrics(CollectorRegistry()),
        publish=standing.publish,
        recent=RecentEntries(),
        stop=stop,
        trials=PlaybookTrials(JudgeInMemory(), stop),
        sign_in_links=True,
    )


@contextmanager
def served(parts: DeskParts, audit: AuditList) -> Iterator[ServedDesk]:
    """Serve a desk on a free port while the block runs."""
    port = reserve_port()
    server = new_server(parts, DeskSettings(port=port))
    thread = Thread(target=server.run, name="desk", daemon=True)
    thread.start()
    wait_until(lambda: listens(port))
    try:
        yield ServedDesk(f"http://127.0.0.1:{port}", parts, audit)
    finally:
        parts.stop.set()
        server.should_exit = True
        thread.join(20)


def _now() -> datetime:
    return datetime.now(UTC)
