INSERT INTO alembic_version VALUES ('9f2c41d07ab3');
INSERT INTO users VALUES
  (1, 'E1001', 'Maria Lindqvist', 'Maintenance', 'scrypt:32768:8:1$x1$a0', 1, 1, '{"theme": "dark", "rows": 50}', '2023-02-01 08:15:00.000000', '2025-10-30 06:58:11.402113'),
  (2, 'E1002', 'José Ortega', 'Avionics', 'scrypt:32768:8:1$x2$a1', 0, 1, NULL, '2023-02-01 08:20:00.000000', '2025-10-29 14:02:45.000120'),
  (3, 'E1003', 'Jürgen Groß', NULL, 'scrypt:32768:8:1$x3$a2', 0, 1, '{"notify": ["mail", "sms"]}', '2023-03-12 09:00:00.000000', NULL),
  (4, 'E0007', 'O''Brien, Pat', 'Sheet metal', 'scrypt:32768:8:1$x4$a3', 0, 0, '{}', '2023-03-12 09:05:00.000000', '2024-01-09 22:41:00.000000');
WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO users SELECT i, printf('E%04d', 1000 + i), 'Mechanic ' || i,
  CASE i % 4 WHEN 0 THEN 'Engines' WHEN 1 THEN 'Avionics' WHEN 2 THEN 'Sheet metal' END,
  'scrypt:32768:8:1$x' || i || '$a4', 0, i % 9 > 0, CASE WHEN i % 3 = 0 THEN '{"theme": "light"}' END,
  strftime('%Y-%m-%d %H:%M:%S.000000', '2023-04-01', '+' || i || ' days'), NULL FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
INSERT INTO tools SELECT i, printf('T-%03d', i / 2), CASE WHEN i % 10 > 0 THEN printf('SN%05d', i * 7919 % 100000) END,
  CASE i % 5 WHEN 0 THEN 'Torque wrench 10–50 Nm' WHEN 1 THEN 'Multimeter, 6½ digits' WHEN 2 THEN NULL
    WHEN 3 THEN 'Drill "Ø 8"' || char(10) || 'with case' ELSE 'Rivet gun' END,
  CASE i % 3 WHEN 0 THEN 'Measuring' ELSE 'General' END,
  CASE WHEN i % 17 = 0 THEN 'maintenance' WHEN i % 31 = 0 THEN 'retired' ELSE 'available' END,
  CASE WHEN i % 6 > 0 THEN 19.95 + i * 3 END, i % 3 = 0,
  CASE WHEN i % 3 = 0 THEN date('2025-11-01', '+' || i || ' days') END,
  strftime('%Y-%m-%d %H:%M:%S.000000', '2023-02-02', '+' || i || ' hours') FROM n;
INSERT INTO kits VALUES (1, 'Line check', 1, 'Stays in bay 3'), (2, 'Engine change', 3, NULL), (3, 'Loan', NULL, '');
INSERT INTO kit_tools SELECT 1 + id % 3, id, 1 + id % 2 FROM tools WHERE id <= 30;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO checkouts SELECT i, 1 + i % 120, 1 + i * 7 % 40,
  strftime('%Y-%m-%d %H:%M:%S.', '2024-01-08 07:00:00', '+' || (i * 11) || ' hours') || printf('%06d', i * 3301 % 1000000),
  CASE WHEN i % 4 > 0 THEN strftime('%Y-%m-%d %H:%M:%S.000000', '2024-01-15 07:00:00', '+' || (i * 11) || ' hours') END,
  CASE WHEN i <= 270 THEN strftime('%Y-%m-%d %H:%M:%S.000000', '2024-01-10 16:30:00', '+' || (i * 11) || ' hours') END,
  CASE WHEN i <= 270 THEN CASE i % 13 WHEN 0 THEN 'damaged' ELSE 'good' END END FROM n;
UPDATE tools SET status = 'checked_out' WHERE id IN (SELECT tool_id FROM checkouts WHERE returned_at IS NULL);
INSERT INTO checkout_history SELECT id, id, 'checked_out', json_object('due', due_at), checked_out_at FROM checkouts;
INSERT INTO checkout_history SELECT id + 300, id, 'returned', json_object('condition', condition_on_return), returned_at
  FROM checkouts WHERE returned_at IS NOT NULL;
INSERT INTO calibrations SELECT id, id, date('2024-11-01', '+' || id || ' days'), CASE WHEN id % 2 THEN 1 END,
  CASE WHEN id % 12 > 0 THEN (id % 7 - 3) / 10.0 END, id % 12 > 0, CASE WHEN id % 6 = 0 THEN x'255044462d312e340a00ff' END
  FROM tools WHERE requires_calibration = 1;
