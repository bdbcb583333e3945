"""Mapping of a file's columns to events: what stands in its TOML file."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

FileFormat = Literal["csv", "ndjson", "parquet", "excel"]
SectionName = Literal["purchases", "returns", "support_contacts"]
SatisfactionScale = Literal["stars", "percent", "nps", "good_bad"]

Expression = Annotated[str, Field(min_length=1, max_length=2000)]
"""Name of a column, or an expression of SQL over columns; see ``expression``."""

ISO: Final = "iso"
"""Time format: ISO 8601 or RFC 3339, a date alone included; 13 digits are milliseconds since 1970, as in events."""

EPOCH_SECONDS: Final = "epoch_seconds"
EPOCH_MILLISECONDS: Final = "epoch_milliseconds"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1, strict=False)]
"""Names that a column may have, the likeliest first."""


class MappingSection(BaseModel):
    """Base of the sections; frozen, and unknown settings are refused, so that a typing error is noticed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ReadingMapping(MappingSection):
    """Reading of the file; what is not said is found out from the file.

    Attributes:
        format: Kind of file.
        delimiter: Character between the columns of a CSV file.
        encoding: Of a CSV file.
        sheet: Name of the sheet of an Excel file; the first where it is not given.
        decimal_comma: True if numbers are written as 1.234,50.
        each: In JSON, path of the list whose elements are the rows, such as ``line_items``; their fields are columns
            such as ``line_items.price``.
    """

    format: FileFormat | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Literal["utf-8", "latin-1", "utf-16"] | None = None
    sheet: str | None = None
    decimal_comma: bool = False
    each: Annotated[str, Field(pattern=r"^[^\s\"'.]+(\.[^\s\"'.]+)*$")] | None = None


class TimeMapping(MappingSection):
    """Form in which moments are written.

    Attributes:
        zone: IANA name of the time zone of moments without an offset; without it they are refused.
        formats: ``iso``, ``epoch_seconds``, ``epoch_milliseconds``, or formats of strptime. One is chosen for all rows
            of a file: the one by which most can be read.
    """

    zone: str | None = None
    formats: Names = (ISO,)


class CustomerMapping(MappingSection):
    """Columns that name the customer.

    Attributes:
        id: The customer; without it, the address names them all.
        email: Their e-mail address, for ``missing = "email"``.
        missing: What becomes of rows without a customer: ``refuse``, ``guests`` (left out, and counted with their
            revenue), or ``email`` (named by a hash of the address; refused without one).
    """

    id: Expression | None = None
    email: Expression | None = None
    missing: Literal["refuse", "guests", "email"] = "refuse"

    @model_validator(mode="after")
    def _email_is_known(self) -> Self:
        if self.missing == "email" and self.email is None:
            raise ValueError('missing is "email", but no email is given: name its column')
        if self.id is None and self.missing != "email":
            raise ValueError('no id is given: name its column, or name customers by their address (missing = "email")')
        return self


class EventMapping(MappingSection):
    """Fields that all kinds of events have.

    Attributes:
        rows: True of the rows that are such events; all are where it is not given.
        occurred_at: Moment of the event.
    """

    rows: Expression = "true"
    occurred_at: Expression


class PurchaseMapping(EventMapping):
    """Purchases; rows with the same order are one, and each row is one of its items.

    Attributes:
        order_id: The order; without it each row is an order of its own.
        currency: ISO 4217 code, such as EUR, or the column that has it.
        sku: The article.
        quantity: Number of units.
        unit_price: Price of one unit before discount.
        discount: Discount on one unit.
        category: Category of the article.
        channel: Sales channel, or the column that has it.
        campaign: Marketing campaign.
        order_columns: Names of columns that only the first row of an order has.
    """

    order_id: Expression | None = None
    currency: Expression
    sku: Expression = "'unspecified'"
    quantity: Expression = "1"
    unit_price: Expression
    discount: Expression | None = None
    category: Expression | None = None
    channel: Expression | None = None
    campaign: Expression | None = None
    order_columns: Annotated[tuple[str, ...], Field(strict=False)] = ()


class ReturnMapping(EventMapping):
    """Returns; rows with the same return are one, and each row is one of its items.

    Attributes:
        return_id: The return; without it each row is a return of its own.
        order_id: The order that it belongs to.
        currency: ISO 4217 code, such as EUR, or the column that has it.
        sku: The article.
        quantity: Number of units, above zero.
        refund: Refund for one unit.
        reason: Reason, in the contract's words.
    """

    return_id: Expression | None = None
    order_id: Expression | None = None
    currency: Expression
    sku: Expression = "'unspecified'"
    quantity: Expression = "1"
    refund: Expression
    reason: Expression | None = None


class ContactMapping(EventMapping):
    """Support contacts; each row is one.

    Attributes:
        contact_id: The contact, such as the number of a ticket.
        channel: Channel of the contact, or the column that has it; words that the contract does not know are ``other``.
        topic: Subject.
        direction: Inbound or outbound.
        resolved: True, false, or nothing while unknown.
        wait_seconds: Waiting time.
        satisfaction: Rating by the customer.
        satisfaction_scale: What ratings are: ``stars`` (1 to 5), ``percent`` (0 to 100), ``nps`` (0 to 10) or
            ``good_bad`` (good is 5, bad is 1, other words are no rating).
    """

    contact_id: Expression | None = None
    channel: Expression = "other"
    topic: Expression | None = None
    direction: Expression | None = None
    resolved: Expression | None = None
    wait_seconds: Expression | None = None
    satisfaction: Expression | None = None
    satisfaction_scale: SatisfactionScale = "stars"


class Mapping(MappingSection):
    """A mapping.

    Attributes:
        description: What files it is for, in a sentence.
        reading: How the file is read.
        time: How moments are written.
        columns: Short names for columns, each with the names that it may have in a file. Case, blanks and underscores
            do not matter.
        optional_columns: The same, for columns that a file need not have; they are empty then.
        customers: Who bought.
        purchases: Which rows are purchases, and what their fields are.
        returns: The same of returns.
        support_contacts: The same of support contacts.
    """

    description: str = ""
    reading: ReadingMapping = ReadingMapping()
    time: TimeMapping = TimeMapping()
    columns: dict[str, Names] = Field(default_factory=dict)
    optional_columns: dict[str, Names] = Field(default_factory=dict)
    customers: CustomerMapping
    purchases: PurchaseMapping | None = None
    returns: ReturnMapping | None = None
    support_contacts: ContactMapping | None = None

    @model_validator(mode="after")
    def _has_events(self) -> Self:
        if not self.sections:
            raise ValueError("it maps nothing: one of purchases, returns, support_contacts is needed")
        return self

    @property
    def sections(self) -> dict[SectionName, PurchaseMapping | ReturnMapping | ContactMapping]:
        """The kinds of events that it maps, by name."""
        named: dict[SectionName, PurchaseMapping | ReturnMapping | ContactMapping | None] = {
            "purchases": self.purchases,
            "returns": self.returns,
            "support_contacts": self.support_contacts,
        }
        return {name: section for name, section in named.items() if section is not None}
