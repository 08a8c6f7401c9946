"""The way in: ledger, rows, facts, states, latest and dead letters, in one transaction."""
