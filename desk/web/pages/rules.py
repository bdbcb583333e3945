"""The rules in force as sentences, with how often each decided, its effect and its verdict."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from desk.web.parts import parts_of
from schemas.records.verdict import verdict_in_words


async def show_rules(request: Request) -> Response:
    """Show the rules."""
    return await run_in_threadpool(_show, request)


def _show(request: Request) -> Response:
    parts = parts_of(request)
    return parts.pages.draw(
        request,
        "rules.html.j2",
        facts=parts.facts,
        uses=parts.sources.rule_uses(),
        effects={one.action: one for one in parts.sources.action_effects() if one.scope == "all"},
        words=verdict_in_words,
        may_try=parts.trials is not None and request.state.person.may("lead"),
    )
