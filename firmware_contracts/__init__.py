"""What a car may say: the only thing the car and the cloud share.

Holds words, tables and codecs. Refuses I/O, clocks, threads and every import of another room.
"""
