-- A trading helper for a game: items, their trades, and what a player watches.
CREATE TABLE items (
  id INTEGER NOT NULL PRIMARY KEY,
  name VARCHAR(120) NOT NULL,
  members BOOLEAN NOT NULL,
  value INTEGER,
  high_alch INTEGER,
  buy_limit INTEGER,
  icon BLOB
);
CREATE TABLE trades (
  id INTEGER NOT NULL PRIMARY KEY,
  item_id INTEGER NOT NULL REFERENCES items(id),
  side VARCHAR(4) NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  price BIGINT NOT NULL,
  profit FLOAT,
  traded_at DATETIME NOT NULL
);
CREATE TABLE watchlist (
  user_id VARCHAR(36) NOT NULL,
  item_id INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
  alert_above BIGINT,
  alert_below BIGINT,
  is_active BOOLEAN NOT NULL DEFAULT 1,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (user_id, item_id)
);
CREATE INDEX ix_items_name ON items (name COLLATE NOCASE);
CREATE INDEX ix_trades_item_time ON trades (item_id, traded_at DESC);
CREATE INDEX ix_watchlist_active ON watchlist (item_id) WHERE is_active = 1;
