"""Mappings: what their files may say, and what is said of a mistake."""

import pytest

from schemas.mapping.mapping import Mapping
from schemas.mapping.read import MappingError, read_mapping

_SOUND = """
[customers]
id = "who"
[purchases]
occurred_at = "at"
currency = "EUR"
unit_price = "price"
"""


def test_a_short_mapping_is_enough() -> None:
    mapping = read_mapping(_SOUND)
    assert isinstance(mapping, Mapping)
    assert list(mapping.sections) == ["purchases"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[customers", "not TOML: "),
        (_SOUND + 'unit_prize = "x"', "purchases.unit_prize is no setting; did you mean unit_price?"),
        (_SOUND + "[time]\nzone = 1", "time.zone is 1: Input should be a valid string"),
        (_SOUND.replace('id = "who"', 'id = "who"\nmissing = "drop"'), "customers.missing is 'drop': "),
        (_SOUND.replace('id = "who"', 'id = "who"\nmissing = "email"'), 'missing is "email", but no email is given'),
        ('[customers]\nid = "who"', "it maps nothing: one of purchases, returns, support_contacts is needed"),
        (_SOUND.replace('currency = "EUR"', ""), "purchases.currency is missing"),
        (_SOUND + "[reading]\nformat = 'xml'", "reading.format is 'xml': "),
    ],
)
def test_a_mistake_is_told_with_setting_value_and_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(text)
    assert complaint in str(caught.value)


def test_settings_are_changed_by_name() -> None:
    mapping = read_mapping(_SOUND, ["time.zone=Europe/Berlin", "reading.decimal_comma=true", "time.formats=['iso']"])
    assert (mapping.time.zone, mapping.reading.decimal_comma, mapping.time.formats) == ("Europe/Berlin", True, ("iso",))


@pytest.mark.parametrize("change", ["time.zone", "=1", "customers.id.x=1"])
def test_a_change_that_is_none_is_told(change: str) -> None:
    with pytest.raises(MappingError, match=r"--set"):
        read_mapping(_SOUND, [change])
