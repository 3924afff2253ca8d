-- What `manage.py migrate` writes on SQLite for a small shop: contrib tables with AutoField, an
-- application of its own with BigAutoField.
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "date_joined" datetime NOT NULL);
CREATE TABLE "django_admin_log" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" text NULL, "action_flag" smallint unsigned NOT NULL CHECK ("action_flag" >= 0), "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "action_time" datetime NOT NULL);
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
CREATE TABLE "shop_product" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" char(32) NOT NULL UNIQUE, "title" varchar(80) NOT NULL, "price" decimal NOT NULL, "weight" real NULL, "stock" integer unsigned NOT NULL CHECK ("stock" >= 0), "views" bigint unsigned NOT NULL CHECK ("views" >= 0), "rank" integer NOT NULL, "shade" smallint NULL, "facts" text NOT NULL CHECK ((JSON_VALID("facts") OR "facts" IS NULL)), "picture" BLOB NULL, "released" date NULL, "opens" time NULL, "lasts" bigint NULL, "seller_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "shop_order" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "placed" datetime NOT NULL, "address" char(39) NULL, "paid" bool NOT NULL);
CREATE TABLE "shop_orderline" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "order_id" bigint NOT NULL REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED, "product_id" bigint NOT NULL REFERENCES "shop_product" ("id") DEFERRABLE INITIALLY DEFERRED, "amount" integer unsigned NOT NULL CHECK ("amount" >= 0));
CREATE TABLE "shop_voucher" ("order_ptr_id" bigint NOT NULL PRIMARY KEY REFERENCES "shop_order" ("id") DEFERRABLE INITIALLY DEFERRED, "code" varchar(12) NOT NULL);
CREATE INDEX "shop_orderline_order_id_1" ON "shop_orderline" ("order_id");

INSERT INTO "django_migrations" VALUES (1, 'auth', '0001_initial', '2024-01-02 03:04:05.678901');
INSERT INTO "django_content_type" VALUES (1, 'shop', 'product');
INSERT INTO "auth_user" VALUES (1, '!', NULL, 1, 'ann', '2024-01-02 03:04:05'), (2, '!', '2024-07-02 10:00:00.5', 0, 'bob', '2024-01-03 00:00:00');
INSERT INTO "django_admin_log" VALUES (1, '1', 1, 1, 1, '2024-02-03 04:05:06.000001');
INSERT INTO "django_session" VALUES ('k', 'd', '2024-03-01 00:00:00');
INSERT INTO "shop_product" VALUES (1, 'a3bb189e8bf94c8e9f1d2c6f0a7b5d31', 'Lamp', 12.5, 0.75, 3, 5000000000, -1, 7, '{"z": 1, "a": [true, null]}', x'00ff', '2024-02-29', '09:30:00', 3600000000, 2);
INSERT INTO "shop_order" VALUES (1, '2024-05-06 07:08:09.123456', '192.0.2.7', 1);
INSERT INTO "shop_orderline" VALUES (1, 1, 1, 2);
INSERT INTO "shop_voucher" VALUES (1, 'SPRING');
