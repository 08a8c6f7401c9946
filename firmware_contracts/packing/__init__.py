"""How columns of numbers are packed into few bytes: grids, deltas, Rice codes, packs of cells."""
