"""``python -m streams.command`` is ``stayline``, also where no script of that name is on the path."""

from streams.command import main

main()
