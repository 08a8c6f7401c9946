"""What the books of people give back: one frozen record per kind of row, columns by their names."""
