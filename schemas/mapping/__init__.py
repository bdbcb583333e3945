"""Mappings: what the columns of somebody else's file mean in the contract's fields.

In the order of the journey: ``mapping`` (what a mapping can say), ``read`` (from the text of a TOML file), and
``expression`` (what a field may be computed by). ``presets`` are the mappings that Stayline brings.
"""
