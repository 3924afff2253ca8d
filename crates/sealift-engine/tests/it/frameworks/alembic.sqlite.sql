-- What an Alembic history writes on SQLite for a small tracker of experiments.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE users (
	id CHAR(32) NOT NULL,
	email VARCHAR(120) NOT NULL,
	active BOOLEAN DEFAULT '1' NOT NULL,
	settings JSON,
	created DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
	CONSTRAINT pk_users PRIMARY KEY (id),
	CONSTRAINT uq_users_email UNIQUE (email),
	CHECK (active IN (0, 1))
);
CREATE TABLE experiments (
	id INTEGER NOT NULL,
	name VARCHAR(80) NOT NULL,
	status VARCHAR(9) NOT NULL,
	owner_id CHAR(32),
	begun DATE,
	budget NUMERIC(10, 2),
	PRIMARY KEY (id),
	CONSTRAINT ck_experiments_status CHECK (status IN ('RUNNING', 'FINISHED')),
	CONSTRAINT fk_experiments_owner FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE TABLE runs (
	id INTEGER NOT NULL,
	experiment_id INTEGER NOT NULL,
	steps INTEGER DEFAULT '0' NOT NULL,
	started BIGINT NOT NULL,
	loss FLOAT,
	digest CHAR(32),
	model BLOB,
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

INSERT INTO alembic_version VALUES ('a1b2c3');
INSERT INTO users VALUES ('0f8fad5bd9cb469fa16570867728950e', 'ann@example.com', 1, '{"theme": "dark"}', '2024-01-02 03:04:05.000000');
INSERT INTO experiments VALUES (1, 'first', 'RUNNING', '0f8fad5bd9cb469fa16570867728950e', '2024-01-02', 12.5);
INSERT INTO runs VALUES (1, 1, 100, 1704164645000, 0.25, '5d41402abc4b2a76b9719d911017c592', x'01', NULL);
INSERT INTO run_settings VALUES (1, 3);
