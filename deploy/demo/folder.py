"""Where a demo keeps its servers' data and its processes' logs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A temporary folder; after a failure its ``logs`` are left, for whoever wants to know why."""
    folder = Path(tempfile.mkdtemp(prefix="stayline-demo-"))
    left = ""
    try:
        yield folder
    except Exception:
        left = "logs"
        raise
    finally:
        for inside in [one for one in folder.iterdir() if one.name != left]:
            shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
        if not left:
            folder.rmdir()
