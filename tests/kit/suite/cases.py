"""Numbers of cases that property tests draw."""

import hypothesis


def cases(thorough: int, usual: int) -> int:
    """Return the number of cases to draw in this run.

    Args:
        thorough: number with ``--thorough``.
        usual: number without it.
    """
    return thorough if hypothesis.settings.get_current_profile_name() == "thorough" else usual
