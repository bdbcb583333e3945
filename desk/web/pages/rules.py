"""The rules in force as sentences, with how often each decided, its effect and its verdict."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk.web.parts import parts_of
from schemas.records.verdict import verdict_in_words


async def show_rules(request: Request) -> Response:
    """Show the rules."""
    parts = parts_of(request)
    uses = await run_in_threadpool(parts.sources.rule_uses)
    figures = await run_in_threadpool(parts.sources.effects)
    return parts.pages.draw(
        request,
        "rules.html.j2",
        facts=parts.facts,
        uses=uses,
        effects={one.action: one for one in figures.effects if one.scope == "all"},
        words=verdict_in_words,
    )
