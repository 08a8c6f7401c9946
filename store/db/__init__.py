"""The database itself: pool, SQL files, roles, editions, migrations, copies and backups."""
