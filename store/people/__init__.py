"""People and what belongs to them: accounts, cars, consents, offers, orders, reports."""
