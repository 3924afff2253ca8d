-- A to-do list: tasks of users, some of which come again. The identity service that fills users
-- writes ISO 8601 with a zone, the rest of the application SQLite's own form.
CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  email_verified BOOLEAN NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL
);
CREATE TABLE recurring_patterns (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  frequency VARCHAR(7) NOT NULL CHECK (frequency IN ('daily', 'weekly', 'monthly')),
  step INTEGER NOT NULL DEFAULT 1 CHECK (step > 0),
  days_of_week JSON,
  ends_on DATE
);
CREATE TABLE tasks (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  title VARCHAR(200) NOT NULL,
  description TEXT,
  completed BOOLEAN NOT NULL DEFAULT FALSE,
  priority VARCHAR(6) NOT NULL DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high')),
  tags JSON,
  due_date DATETIME,
  remind_at TIME,
  pattern_id INTEGER REFERENCES recurring_patterns(id) ON DELETE SET NULL,
  parent_id INTEGER REFERENCES tasks(id) ON DELETE CASCADE,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME
);
CREATE INDEX idx_tasks_user_completed ON tasks (user_id, completed);
CREATE INDEX idx_tasks_due ON tasks (due_date) WHERE completed = 0 AND due_date IS NOT NULL;
