//! The only folder that names `rusqlite`: opening, snapshots, the schema, the census, reading rows.
