"""Reads what a person typed into a form of text fields."""

from starlette.requests import Request

_MOST_FIELDS = 20


async def typed_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form by name, without space around them.

    Args:
        request: Of a form.

    Raises:
        HTTPException: It holds a file, or too many fields; no form of ours does.
    """
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        return {name: value.strip() for name, value in form.items() if isinstance(value, str)}
