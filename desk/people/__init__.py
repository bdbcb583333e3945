"""People who may use the desk: users with roles and teams, passwords, sessions, a proxy that authenticates, sign-in.

Law of this package: it serves no page. Time, addresses and headers are arguments.
"""
