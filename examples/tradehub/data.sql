WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
INSERT INTO items SELECT i * 2, CASE i % 4 WHEN 0 THEN 'Dragon bones' WHEN 1 THEN 'Rune platebody (g)' WHEN 2 THEN 'Saradomin''s light'
    ELSE 'Yew logs' END || ' ' || i,
  i % 2, CASE WHEN i % 11 > 0 THEN i * 997 END, CASE WHEN i % 11 > 0 THEN i * 598 END,
  CASE WHEN i % 5 > 0 THEN 125 * (i % 5) END, CASE WHEN i % 3 = 0 THEN x'89504e470d0a1a0a00' END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO trades SELECT i, 2 * (1 + i % 150), CASE WHEN i % 2 THEN 'buy' ELSE 'sell' END, 1 + i * 31 % 13000,
  CASE WHEN i % 50 = 0 THEN 2147483647 * 2 ELSE 100 + i * 173 END, CASE WHEN i % 2 = 0 THEN i * 12.5 - 1000 END,
  strftime('%Y-%m-%d %H:%M:%S.', '2025-08-01', '+' || (i * 53) || ' minutes') || printf('%06d', i * 7919 % 1000000) FROM n;
INSERT INTO watchlist SELECT printf('7c9e6679-7425-40de-944b-%012x', id % 5), id, CASE WHEN id % 4 = 0 THEN id * 1000 END,
  CASE WHEN id % 6 = 0 THEN id * 500 END, id % 10 > 0, datetime('2025-08-02', '+' || id || ' hours') FROM items WHERE id <= 160;
