-- name: figures
-- Four counts of the whole store.
SELECT (SELECT count(*) FROM vehicles) AS vehicles,
       (SELECT count(*) FROM latest WHERE ts > now() - make_interval(secs => %(fresh_s)s)) AS fresh,
       (SELECT count(*) FROM alerts WHERE state = 'open') AS alerts_open,
       (SELECT count(*) FROM offers WHERE state = 'open') AS offers_open;
