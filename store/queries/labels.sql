-- name: add
-- What somebody decided about an alert.
INSERT INTO labels (tenant_id, vehicle_id, alert_id, cause, outcome, reason, severity, services,
                    at, person_id)
VALUES (%(tenant_id)s, %(vehicle_id)s, %(alert_id)s, %(cause)s, %(outcome)s, %(reason)s,
        %(severity)s, %(services)s, %(at)s, %(person_id)s)
