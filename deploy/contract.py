"""Write the published contract to ``schemas/json``: ``python -m deploy.contract``.

The first run of a contract version also keeps a copy in ``published/<version>``. Nothing writes there a second time:
later versions are compared with what was promised.
"""

from pathlib import Path
from typing import Final

import schemas
from schemas.contract.asyncapi import CONTRACT_VERSION
from schemas.contract.json_schema import documents, text_of

FOLDER: Final = Path(schemas.__file__).parent / "json"


def write_contract(folder: Path = FOLDER) -> list[Path]:
    """Write every document, and keep a copy of a contract version that was never published before.

    Args:
        folder: Destination; created if it is missing.

    Returns:
        The files written.
    """
    kept = folder / "published" / CONTRACT_VERSION
    targets = [folder] if kept.exists() else [folder, kept]
    written = []
    for target in targets:
        target.mkdir(parents=True, exist_ok=True)
        for name, document in documents().items():
            path = target / name
            path.write_text(text_of(document), encoding="utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    for path in write_contract():
        print(path.relative_to(FOLDER.parent))  # noqa: T201 - the person who runs it wants to know
