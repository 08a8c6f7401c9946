"""What was concluded: assessments, alerts, ranks; and the jobs and terms around them."""
