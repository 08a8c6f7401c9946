"""Profiles made from what communities publish: OBDb signal sets and WiCAN vehicle profiles.

What such a file cannot say (sign, range, sentinels) is asked for by name, never assumed.
"""
