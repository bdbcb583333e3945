"""Servers for a machine that has none: started, awaited, stopped and cleaned here, and nowhere else.

The law of this package: **nothing is left running, whatever way a command ends**. Every server runs under a guard
(`guard.py`) which kills it when the process that asked for it is gone, be it by SIGKILL. The demo, the tests and the
benchmarks use these context managers and start no server by themselves. Servers listen on 127.0.0.1 only.

Must not happen here: knowledge of topics, tables or events. These are bare servers.
"""
