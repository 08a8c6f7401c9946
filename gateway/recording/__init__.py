"""Recordings of a bus: read in blocks whatever their format, decoded in one pass, counted.

file -> formats -> Block -> survey (DBC by bit layout, profile by its decoder) -> figures
"""
