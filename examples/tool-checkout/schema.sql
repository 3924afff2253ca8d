-- A tool crib: who has which tool, when it is due back, when it was calibrated last.
-- As Flask-SQLAlchemy and Flask-Migrate (Alembic) write it into SQLite.
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE users (
	id INTEGER NOT NULL, 
	employee_number VARCHAR(20) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	department VARCHAR(50), 
	password_hash VARCHAR(255) NOT NULL, 
	is_admin BOOLEAN DEFAULT '0' NOT NULL, 
	is_active BOOLEAN DEFAULT '1' NOT NULL, 
	preferences JSON, 
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL, 
	last_login DATETIME, 
	PRIMARY KEY (id), 
	CHECK (is_admin IN (0, 1)), 
	UNIQUE (employee_number)
);
CREATE TABLE tools (
	id INTEGER NOT NULL, 
	tool_number VARCHAR(30) NOT NULL, 
	serial_number VARCHAR(50), 
	description TEXT, 
	category VARCHAR(40) DEFAULT 'General' NOT NULL, 
	status VARCHAR(12) DEFAULT 'available' NOT NULL, 
	cost NUMERIC(10, 2), 
	requires_calibration BOOLEAN DEFAULT '0' NOT NULL, 
	next_calibration DATE, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_tools_number_serial UNIQUE (tool_number, serial_number), 
	CONSTRAINT tool_status CHECK (status IN ('available', 'checked_out', 'maintenance', 'retired'))
);
CREATE TABLE kits (
	id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	owner_id INTEGER, 
	notes TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE TABLE kit_tools (
	kit_id INTEGER NOT NULL, 
	tool_id INTEGER NOT NULL, 
	quantity INTEGER DEFAULT '1' NOT NULL, 
	PRIMARY KEY (kit_id, tool_id), 
	FOREIGN KEY(kit_id) REFERENCES kits (id) ON DELETE CASCADE, 
	FOREIGN KEY(tool_id) REFERENCES tools (id)
);
CREATE TABLE checkouts (
	id INTEGER NOT NULL, 
	tool_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	checked_out_at DATETIME NOT NULL, 
	due_at DATETIME, 
	returned_at DATETIME, 
	condition_on_return VARCHAR(20), 
	PRIMARY KEY (id), 
	FOREIGN KEY(tool_id) REFERENCES tools (id), 
	FOREIGN KEY(user_id) REFERENCES users (id), 
	CHECK (returned_at IS NULL OR returned_at >= checked_out_at)
);
CREATE TABLE checkout_history (
	id INTEGER NOT NULL, 
	checkout_id INTEGER NOT NULL, 
	event VARCHAR(20) NOT NULL, 
	details JSON, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(checkout_id) REFERENCES checkouts (id) ON DELETE CASCADE
);
CREATE TABLE calibrations (
	id INTEGER NOT NULL, 
	tool_id INTEGER NOT NULL, 
	done_on DATE NOT NULL, 
	done_by INTEGER, 
	deviation FLOAT, 
	passed BOOLEAN NOT NULL, 
	certificate BLOB, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tool_id) REFERENCES tools (id), 
	FOREIGN KEY(done_by) REFERENCES users (id)
);
CREATE INDEX ix_tools_category ON tools (category);
CREATE INDEX ix_checkouts_user_id ON checkouts (user_id);
CREATE UNIQUE INDEX ix_checkouts_open ON checkouts (tool_id) WHERE returned_at IS NULL;
CREATE INDEX ix_checkout_history_created ON checkout_history (created_at DESC);
