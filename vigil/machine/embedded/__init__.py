"""The servers that `make run` and the tests start by themselves: a database and a broker."""
