"""Parts that the pages are made from, given once to the application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from threading import Event

from starlette.requests import Request

from desk.audit.trail import AuditTrail
from desk.metrics import DeskMetrics
from desk.people.proxy import AuthenticatingProxy
from desk.people.sessions import DeskSessions
from desk.people.sign_in_limit import SignInLimit
from desk.people.users import User, UsersFile
from desk.trials.running import PlaybookTrials
from desk.web.data.facts import DeskFacts
from desk.web.data.recent import RecentEntries
from desk.web.data.sources import DeskSources, SharedBoard
from desk.web.data.streams import ChangeStreams
from desk.web.drawing.render import Pages
from desk.writing.publisher import WrittenAt
from schemas.events.action_events import ActionTaken, Judgement
from schemas.records.desk_audit import Deed, DeskAudit

_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """Everything that a page may ask.

    Attributes:
        users: Who may use the desk.
        sessions: Who has signed in.
        limit: Failed tries at sign-in.
        proxy: Proxy that authenticates; None without one.
        audit: Takes audit records.
        now: Returns the present time, UTC.
        pages: Templates.
        facts: What pages say beside the data.
        sources: Where the data comes from.
        board: Decisions that stand now, and what changes.
        streams: Tell open pages what changes.
        metrics: Count and time what pages do.
        publish: Publishes an event, or raises ``ServerUnreachableError``.
        recent: What people entered a moment ago.
        stop: Set when the process must end, and streams with it.
        public_address: Address in the browser, where a proxy changes it; None otherwise.
        claim_lasts: A claim ends by itself after this.
        trials: Trials of changed playbooks; None where no decisions are made.
        sign_in_links: True if links that sign in are accepted.
    """

    users: UsersFile
    sessions: DeskSessions
    limit: SignInLimit
    proxy: AuthenticatingProxy | None
    audit: AuditTrail
    now: Callable[[], datetime]
    pages: Pages
    facts: DeskFacts
    sources: DeskSources
    board: SharedBoard
    streams: ChangeStreams
    metrics: DeskMetrics
    publish: Callable[[ActionTaken | Judgement], WrittenAt]
    recent: RecentEntries
    stop: Event
    public_address: str | None = None
    claim_lasts: timedelta = timedelta(minutes=30)
    trials: PlaybookTrials | None = None
    sign_in_links: bool = False

    def audit_record(self, request: Request, deed: Deed, *, customer_id: str = "", detail: str = "") -> DeskAudit:
        """Return the record of what the signed-in person does.

        Args:
            request: Of the person.
            deed: What is done.
            customer_id: Whose data is shown; empty for a list.
            detail: What else should be known.
        """
        person: User | None = request.state.person
        return DeskAudit(
            audit_id=token_hex(_ID_BYTES),
            at=self.now(),
            by=person.name if person else "",
            role=person.role if person else "",
            deed=deed,
            customer_id=customer_id,
            detail=detail,
            address=request.client.host if request.client else "",
        )


def parts_of(request: Request) -> DeskParts:
    """Return the parts that the application was made with."""
    parts: DeskParts = request.app.state.parts
    return parts
