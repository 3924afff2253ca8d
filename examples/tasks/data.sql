WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)
INSERT INTO users SELECT printf('0b7e5c2a-91d4-4f6e-8a3b-%012x', i * 7919), 'user' || i || '@example.com',
  CASE WHEN i % 4 > 0 THEN 'Ünal ' || i END, i % 2, strftime('%Y-%m-%dT%H:%M:%S.000Z', '2025-01-01 09:00:00', '+' || i || ' days') FROM n;
INSERT INTO recurring_patterns SELECT rowid, id,
  CASE rowid % 3 WHEN 0 THEN 'daily' WHEN 1 THEN 'weekly' ELSE 'monthly' END, 1 + rowid % 2,
  CASE WHEN rowid % 3 = 1 THEN '["mon", "thu"]' END, CASE WHEN rowid % 5 = 0 THEN '2026-12-31' END
  FROM users WHERE rowid <= 12;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO tasks SELECT i, printf('0b7e5c2a-91d4-4f6e-8a3b-%012x', (1 + i % 25) * 7919),
  CASE i % 4 WHEN 0 THEN 'Buy milk 🥛' WHEN 1 THEN 'Call "Bob"' WHEN 2 THEN 'Pay 50 % of rent' ELSE 'Steuererklärung' END || ' ' || i,
  CASE WHEN i % 3 = 0 THEN 'line one' || char(10) || char(9) || 'line two' WHEN i % 7 = 0 THEN '' END,
  i % 5 < 2, CASE i % 6 WHEN 0 THEN 'high' WHEN 1 THEN 'low' ELSE 'medium' END,
  CASE WHEN i % 2 THEN '["home", "q' || i % 4 || '"]' END,
  CASE WHEN i % 4 > 0 THEN datetime('2025-11-01 18:00:00', '+' || i || ' hours') END,
  CASE WHEN i % 8 = 0 THEN time('07:30:00', '+' || i || ' minutes') END,
  CASE WHEN i % 30 = 0 THEN 1 + i % 12 END, CASE WHEN i % 9 = 0 THEN i - 1 END,
  datetime('2025-10-01 08:00:00', '+' || (i * 13) || ' minutes'),
  CASE WHEN i % 5 < 2 THEN datetime('2025-10-20 20:15:00', '+' || i || ' minutes') END FROM n;
