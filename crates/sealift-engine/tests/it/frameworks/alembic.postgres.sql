-- What the same history writes on PostgreSQL.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE users (
	id UUID NOT NULL,
	email VARCHAR(120) NOT NULL,
	active BOOLEAN DEFAULT '1' NOT NULL,
	settings JSON,
	created TIMESTAMP WITHOUT TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
	CONSTRAINT pk_users PRIMARY KEY (id),
	CONSTRAINT uq_users_email UNIQUE (email)
);
CREATE TABLE experiments (
	id SERIAL NOT NULL,
	name VARCHAR(80) NOT NULL,
	status VARCHAR(9) NOT NULL,
	owner_id UUID,
	begun DATE,
	budget NUMERIC(10, 2),
	PRIMARY KEY (id),
	CONSTRAINT ck_experiments_status CHECK (status IN ('RUNNING', 'FINISHED')),
	CONSTRAINT fk_experiments_owner FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE TABLE runs (
	id SERIAL NOT NULL,
	experiment_id INTEGER NOT NULL,
	steps INTEGER DEFAULT '0' NOT NULL,
	started BIGINT NOT NULL,
	loss FLOAT,
	digest CHAR(32),
	model BYTEA,
	note TEXT,
	PRIMARY KEY (id),
	FOREIGN KEY(experiment_id) REFERENCES experiments (id)
);
CREATE TABLE run_settings (
	run_id INTEGER NOT NULL,
	level SMALLINT NOT NULL,
	PRIMARY KEY (run_id),
	FOREIGN KEY(run_id) REFERENCES runs (id)
);
CREATE INDEX ix_runs_started ON runs (started);
