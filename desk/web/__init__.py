"""The pages of the desk: ordinary HTML that works without script, a route a file.

Law of this package: it computes nothing that is shown. It asks, records who looked, and draws; whatever a page needs is
an argument of the application.
"""
