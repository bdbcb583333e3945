"""``python -m bench.fuzz``."""

import typer

from bench.fuzz.decoding import main

if __name__ == "__main__":
    typer.run(main)
