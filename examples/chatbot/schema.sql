-- A chatbot with an API and workers: bots, the chats they are in, and what was said.
CREATE TABLE settings (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE bots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username VARCHAR(32) NOT NULL COLLATE NOCASE,
  token_hash CHAR(64) NOT NULL UNIQUE,
  enabled BOOLEAN NOT NULL DEFAULT 1,
  config JSON NOT NULL DEFAULT '{}',
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE chats (
  id BIGINT NOT NULL,
  bot_id INTEGER NOT NULL REFERENCES bots(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('private', 'group', 'channel')),
  title TEXT,
  muted_until TIMESTAMP,
  PRIMARY KEY (bot_id, id)
);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bot_id INTEGER NOT NULL,
  chat_id BIGINT NOT NULL,
  reply_to INTEGER REFERENCES messages(id) ON DELETE SET NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
  content TEXT NOT NULL,
  tokens INTEGER,
  latency REAL,
  payload JSON,
  sent_at TIMESTAMP NOT NULL,
  FOREIGN KEY (bot_id, chat_id) REFERENCES chats (bot_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX bots_username ON bots (username);
CREATE INDEX messages_by_chat ON messages (bot_id, chat_id, sent_at);
CREATE INDEX messages_unanswered ON messages (sent_at) WHERE role = 'user' AND tokens IS NULL;
CREATE VIEW chat_activity AS
  SELECT bot_id, chat_id, count(*) AS messages, max(sent_at) AS last_message, sum(tokens) AS tokens
  FROM messages GROUP BY bot_id, chat_id;
