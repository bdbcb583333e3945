"""``python -m streams.command`` is ``stayline``, wherever its script may lie."""

from streams.command.main import main

main()
