"""Work orders: from booked to done, and the extra work found on the way."""
