"""Endpoints of the pages, a subject a file: what is asked for, recorded and drawn."""
