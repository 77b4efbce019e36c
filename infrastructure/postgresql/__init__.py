"""An account on PostgreSQL: a schema of a database."""
