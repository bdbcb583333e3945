"""A published model scores customers: risk, outlook, reasons, value, segment and alert."""
