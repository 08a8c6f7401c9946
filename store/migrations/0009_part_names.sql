-- How a vehicle's sources write numbered parts: {"cell": "V_{n}", "probe": "T_{n}"}.

ALTER TABLE vehicles ADD COLUMN part_names jsonb NOT NULL DEFAULT '{}';
