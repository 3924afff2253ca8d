INSERT INTO settings (key, value, updated_at) VALUES
  ('model', 'small-2', '2025-05-01 10:00:00'), ('max_tokens', '2048', '2025-05-01 10:00:00'),
  ('maintenance', '0', '2025-06-11 23:59:59'), ('greeting', 'Merhaba! 👋', '2025-06-12 00:00:00'), ('webhook', NULL, NULL);
INSERT INTO bots (username, token_hash, enabled, config, created_at) VALUES
  ('MarketBot', '6f1d0b1e5a6a4c1f8b9e0d2c3a4b5c6d7e8f90112233445566778899aabbccdd', 1, '{"lang": "tr", "temperature": 0.7}', '2025-04-30 08:00:00'),
  ('helpdesk', '0a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff0', 1, '{"lang": "en", "tools": ["search", "price"], "limits": {"daily": 500}}', '2025-05-02 09:30:00'),
  ('old_bot', 'ffeeddccbbaa99887766554433221100f9e8d7c6b5a4938271605f4e3d2c1b0a', 0, '{}', '2025-05-03 00:00:00');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
INSERT INTO chats SELECT CASE WHEN i % 3 = 0 THEN -1001234567890 - i ELSE 700000000 + i END, 1 + i % 2,
  CASE i % 3 WHEN 0 THEN 'group' ELSE 'private' END, CASE WHEN i % 3 = 0 THEN 'Grup №' || i END,
  CASE WHEN i % 10 = 0 THEN '2025-12-31 23:00:00' END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO messages SELECT i, c.bot_id, c.id, CASE WHEN i % 2 = 0 THEN i - 1 END,
  CASE WHEN i % 2 THEN 'user' ELSE 'assistant' END,
  CASE i % 5 WHEN 0 THEN 'Altın bugün ne kadar?' WHEN 1 THEN 'price of "silver"?' || char(10) || 'in €'
    WHEN 2 THEN '📈 +1.2 %' WHEN 3 THEN 'C:\tmp\new' ELSE 'ok' END,
  CASE WHEN i % 2 = 0 THEN 20 + i % 90 END, CASE WHEN i % 2 = 0 THEN i % 37 / 10.0 END,
  CASE WHEN i % 20 = 0 THEN '{"finish": "stop", "usage": {"in": ' || i || ', "out": 12.50}}' END,
  datetime('2025-05-10 12:00:00', '+' || (i * 7) || ' minutes')
  FROM n JOIN chats c ON c.rowid = 1 + (i - 1) / 2 % 30;
DELETE FROM messages WHERE id = 600;
