"""Work orders: from booked to done, with progress, extra work, outcome and rating."""
