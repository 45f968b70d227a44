"""The record on PostgreSQL. Imported only where a place names a database, for the driver takes its time to load."""
