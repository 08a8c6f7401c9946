-- name: license
-- The edition of TimescaleDB; null where it is absent.
SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb')
            THEN coalesce(current_setting('timescaledb.license', true), 'apache') END;

-- name: has_list
-- Whether the list of span tables is there.
SELECT 1 FROM pg_class WHERE relname = 'span_tables' AND relnamespace = 'public'::regnamespace;

-- name: uncut
-- Tables that are not cut into spans yet.
SELECT table_name, time_column FROM span_tables WHERE NOT cut ORDER BY table_name;

-- name: mark_cut
-- A table is cut into spans.
UPDATE span_tables SET cut = true WHERE table_name = %(table)s;

-- name: hypertable
-- A table cut into days by TimescaleDB.
SELECT create_hypertable(%(table)s::regclass, by_range(%(column)s, INTERVAL '1 day'),
                         create_default_indexes => false);

-- name: partitioned
-- A table cut into days by PostgreSQL.
ALTER TABLE {table} RENAME TO {old};
CREATE TABLE {table} (LIKE {old} INCLUDING ALL) PARTITION BY RANGE ({column});
DROP TABLE {old};

-- name: timescale_span_create
-- TimescaleDB makes its chunks itself.
CREATE OR REPLACE FUNCTION span_create(wanted text, days date[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT $$;

-- name: timescale_span_list
-- Chunks of a table.
CREATE OR REPLACE FUNCTION span_list(wanted text)
RETURNS TABLE (name text, low timestamptz, high timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.chunk_schema || '.' || c.chunk_name, c.range_start, c.range_end
    FROM timescaledb_information.chunks c
    WHERE c.hypertable_schema = 'public' AND c.hypertable_name = wanted
    ORDER BY c.range_start;
$$;

-- name: timescale_span_drop
-- Chunks that ended before a moment go.
CREATE OR REPLACE FUNCTION span_drop(wanted text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE dropped integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM span_tables WHERE table_name = wanted) THEN
        RAISE EXCEPTION 'table % is not kept in spans', wanted USING ERRCODE = '22023';
    END IF;
    SELECT count(*) INTO dropped FROM drop_chunks(format('public.%I', wanted)::regclass, before);
    RETURN dropped;
END $$;

-- name: plain_span_create
-- A partition for each day.
CREATE OR REPLACE FUNCTION span_create(wanted text, days date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE d date; part text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM span_tables WHERE table_name = wanted) THEN
        RAISE EXCEPTION 'table % is not kept in spans', wanted USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(8447102);
    FOREACH d IN ARRAY days LOOP
        part := wanted || '_' || to_char(d, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('public.%I', part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS '
                       'INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)',
                       part, wanted);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I '
                       'FOR VALUES FROM (%L) TO (%L)', wanted, part,
                       d::timestamp AT TIME ZONE 'UTC', (d + 1)::timestamp AT TIME ZONE 'UTC');
    END LOOP;
END $$;

-- name: plain_span_list
-- Partitions of a table.
CREATE OR REPLACE FUNCTION span_list(wanted text)
RETURNS TABLE (name text, low timestamptz, high timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT 'public.' || c.relname, d.day, d.day + interval '1 day'
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (
        SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AS day) d
    WHERE i.inhparent = to_regclass(format('public.%I', wanted))
    ORDER BY d.day;
$$;

-- name: plain_span_drop
-- Partitions that ended before a moment go.
CREATE OR REPLACE FUNCTION span_drop(wanted text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE part record; dropped integer := 0;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM span_tables WHERE table_name = wanted) THEN
        RAISE EXCEPTION 'table % is not kept in spans', wanted USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(8447102);
    FOR part IN SELECT s.name FROM span_list(wanted) s WHERE s.high <= before LOOP
        EXECUTE 'DROP TABLE ' || part.name::regclass;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- name: close_functions
-- Who may call the functions of spans.
REVOKE ALL ON FUNCTION span_create(text, date[]), span_list(text), span_drop(text, timestamptz)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION span_create(text, date[]) TO vigil_ingest;
GRANT EXECUTE ON FUNCTION span_list(text) TO vigil_ingest, vigil_worker;
GRANT EXECUTE ON FUNCTION span_drop(text, timestamptz) TO vigil_worker;

-- name: create
-- Room for days.
SELECT span_create(%(table)s, %(days)s::date[]);

-- name: list
-- Spans of a table.
SELECT name, low, high FROM span_list(%(table)s);

-- name: drop
-- Spans before a moment go; how many.
SELECT span_drop(%(table)s, %(before)s);
