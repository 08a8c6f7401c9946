"""Community signal sets (the OBDb JSON format): read, decode by them, measure the agreement.

Only the format is known here; no signal set ships with the gateway. What is decoded this way is
checked against captures (`agreement`) or turned into a profile (`gateway.imports`).
"""
