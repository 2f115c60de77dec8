"""Queries of the server's own views: PostgreSQL's statistics and catalog, and TimescaleDB's state.

These are SQL, and the only queries that are: no class is mapped to a view that belongs to the
server, the views of TimescaleDB exist only where it is installed, and a table construct for each
would repeat its columns to use each of them once.
"""

from sqlalchemy import text

ACTIVITY = text("""
    SELECT count(*) AS connections,
        count(*) FILTER (WHERE state = 'active') AS connections_active,
        count(*) FILTER (WHERE wait_event_type = 'Lock') AS connections_waiting,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::float8
            / current_setting('max_connections')::float8 AS connections_share,
        coalesce(max(extract(epoch FROM now() - query_start)) FILTER (
            WHERE state = 'active' AND backend_type = 'client backend'
        ), 0)::float8 AS longest_query_s,
        coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float8 AS longest_transaction_s
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
"""The sessions of this database but our own."""

DATABASE = text("""
    SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS cache_hit_ratio,
        xact_commit AS commits, xact_rollback AS rollbacks, deadlocks, temp_bytes,
        pg_database_size(current_database()) AS size_bytes
    FROM pg_stat_database WHERE datname = current_database()
""")
"""The counters and the size of this database."""

TABLES = text("""
    SELECT relname, pg_table_size(relid) AS size_bytes, pg_indexes_size(relid) AS index_bytes,
        n_live_tup AS live_rows, n_dead_tup AS dead_rows,
        CASE WHEN n_dead_tup > 100000
            THEN n_dead_tup::float8 / (n_live_tup + n_dead_tup) ELSE 0 END AS dead_ratio
    FROM pg_stat_user_tables WHERE schemaname = current_schema()
""")
"""The sizes and row counts of every table."""

TABLE_SIZES = text("""
    SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid)
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
      AND relname = ANY (:names)
""")
"""The rows and bytes of the tables `names`; rows are estimates: exact counts take minutes."""

OTHER_SESSIONS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'truetape'
      AND pid <> pg_backend_pid()
""")
"""The number of other sessions of the platform."""

# A setting of an extension is listed only while its library is loaded; in a server that loads it
# at its start, some exist before the extension does. The list of preloaded libraries itself is
# visible to few roles.
EXTENSION_FACTS = text("""
    SELECT (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'),
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
           coalesce(max(setting) FILTER (WHERE name = 'timescaledb.license'), ''),
           count(*) > 0
    FROM pg_settings
    WHERE name LIKE 'timescaledb.%'
       OR (name = 'shared_preload_libraries' AND setting LIKE '%timescaledb%')
""")
"""The available and installed versions of TimescaleDB, its licence, and whether it is loaded."""

HYPERTABLES = text("""
    SELECT table_.hypertable_name, table_.compression_enabled,
           count(chunk.chunk_name), count(*) FILTER (WHERE chunk.is_compressed),
           hypertable_size(format('%I.%I', table_.hypertable_schema,
                                  table_.hypertable_name)::regclass)
    FROM timescaledb_information.hypertables AS table_
    LEFT JOIN timescaledb_information.chunks AS chunk
           ON chunk.hypertable_schema = table_.hypertable_schema
          AND chunk.hypertable_name = table_.hypertable_name
    WHERE table_.hypertable_schema = current_schema()
    GROUP BY table_.hypertable_schema, table_.hypertable_name, table_.compression_enabled
    ORDER BY 1
""")
"""The hypertables, their chunks, packed chunks and bytes; only where TimescaleDB is loaded."""

HAS_TIMESCALE = text("SELECT count(*) > 0 FROM pg_extension WHERE extname = 'timescaledb'")
"""Whether TimescaleDB is installed."""

JOBS = text("""
    SELECT count(*) AS jobs, count(*) FILTER (WHERE last_run_status = 'Failed') AS jobs_failed,
        max(extract(epoch FROM now() - last_successful_finish))::float8 AS jobs_oldest_success_s
    FROM timescaledb_information.job_stats
""")
"""The state of the jobs of TimescaleDB; only where it is installed."""
