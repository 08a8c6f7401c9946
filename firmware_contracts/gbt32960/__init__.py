"""GB/T 32960.3, the national protocol of new-energy vehicles, editions 2016 and 2025.

    bytes --stream--> Frame --message--> Message --encode--> the same bytes

    field, layout       one value; how values lie behind each other
    edition_2016/2025   the tables of both editions, in the standard's order
    frame, stream       the envelope with its check byte; frames out of a TCP stream
    report, message     information of a report; the data unit of every command
    beijing, alarms     the standard's clock; its alarm levels and bits

Values keep the bytes they came as, so that whatever was read is written again byte by byte.
Nothing here knows sockets, signals of the catalogue, or signs other than the standard's.
"""
