"""Any bytes at all become one line or one dead letter, never an exception or a silence.

``python -m bench.fuzz`` tries it on decoding alone and on a running intake.
"""
