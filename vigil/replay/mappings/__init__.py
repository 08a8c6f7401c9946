"""Tables that say what the columns of a recording mean: one YAML file per kind of source."""
