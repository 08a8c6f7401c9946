-- One car must not make others wait: queues are walked vehicle by vehicle.
CREATE INDEX events_unhandled_by_vehicle ON events (vehicle_id, id) WHERE handled_at IS NULL;
CREATE INDEX notifications_by_vehicle ON notifications (tenant_id, vehicle_id, made_at);
