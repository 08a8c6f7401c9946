"""ELM327 and STN adapters over serial and TCP: what they print, and a bus made of it.

Our own code; the commands are those of the ELM327 data sheet (version 1.4 and later).
"""
