"""From frames to readings: ISO-TP, OBD-II, UDS and DBC. Pure: bytes in, samples out."""
