"""Files of any kind, as tables of text, in an engine that reaches no other file."""
