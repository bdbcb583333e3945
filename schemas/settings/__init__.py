"""Every setting, in sections, documented where it is declared.

These classes declare the settings and their limits. They are built once, at the edge, from ``STAYLINE_`` variables and
``stayline.toml``; a step gets the section that it needs as an argument.
"""
