"""The application: routes and middleware around the parts that it is given."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from desk.web.errors import HANDLERS
from desk.web.live import stream_changes
from desk.web.measured import MeasuredPages
from desk.web.pages.about import show_about
from desk.web.pages.customer import find_customer, show_customer
from desk.web.pages.decide import take_judgement, take_step
from desk.web.pages.effects import show_effects
from desk.web.pages.rules import show_rules
from desk.web.pages.segments import export_segment, show_segments
from desk.web.pages.today import show_row, show_today
from desk.web.pages.try_rules import show_trial, try_rules
from desk.web.parts import DeskParts
from desk.web.security.middleware import SecurityMiddleware
from desk.web.security.sign_in import follow_link, show_sign_in, sign_in, sign_out
from desk.web.security.who import WhoMiddleware, for_role
from desk.web.static import StaticFiles


def build_app(parts: DeskParts) -> ASGIApp:
    """Assemble the application.

    Args:
        parts: Everything that a page may ask.
    """
    routes = [
        Route("/", for_role("agent", show_today)),
        Route("/row", for_role("agent", show_row)),
        Route("/decide", for_role("agent", take_step), methods=["POST"]),
        Route("/judge", for_role("agent", take_judgement), methods=["POST"]),
        Route("/events", for_role("agent", stream_changes)),
        Route("/effects", for_role("agent", show_effects)),
        Route("/rules", for_role("agent", show_rules)),
        Route("/rules/try", for_role("lead", try_rules), methods=["POST"]),
        Route("/rules/trial", for_role("lead", show_trial)),
        Route("/segments", for_role("lead", show_segments)),
        Route("/segments.csv", for_role("lead", export_segment)),
        Route("/about", for_role("agent", show_about)),
        Route("/customer", for_role("agent", show_customer)),
        Route("/find", for_role("agent", find_customer)),
        Route("/sign-in", show_sign_in),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-in/{token}", follow_link),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/static/{name}", StaticFiles().serve),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(WhoMiddleware, parts=parts)], exception_handlers=HANDLERS)
    app.state.parts = parts
    # Headers are around all else, so that failures have them, too.
    return SecurityMiddleware(MeasuredPages(app, parts.metrics), parts.public_address)
