-- A small shop with a chat, as an application might have left it after some years: about 330,000
-- rows, and a few things that make a move to PostgreSQL interesting. Deterministic: `sqlite3
-- shop.db < shop.sql` makes the same rows every time.
pragma journal_mode = wal;
pragma foreign_keys = off;
begin;

create table customer (
    id integer primary key autoincrement,
    email varchar(120) not null collate nocase unique,
    name text not null,
    is_active boolean not null default 1,
    joined datetime not null default current_timestamp,
    settings json
);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
insert into customer (id, email, name, is_active, joined, settings)
select i, 'customer' || i || '@example.com',
       case i % 5 when 0 then 'Zoë ' when 1 then 'Łukasz ' when 2 then '明 ' else 'Kim ' end || i,
       i % 11 != 0,
       datetime('2021-01-01', '+' || (i * 97 % 130000) || ' minutes'),
       -- Key order and spaces are the application's business; they arrive as they are.
       case when i % 3 then '{"theme": "dark",  "lang": "de", "n": ' || i || '}' end
from n;

create table category (
    id integer primary key,
    parent_id integer references category (id),
    name text not null
);
insert into category values
    (1, null, 'Everything'), (2, 1, 'Books'), (3, 1, 'Tools'), (4, 3, 'Saws'), (5, 3, 'Drills');

create table product (
    sku text primary key,
    category_id integer not null references category (id),
    title text not null,
    price decimal(10, 2) not null check (price >= 0),
    tax decimal(4, 2) not null default 0.19,
    gross real generated always as (round(price * (1 + tax), 2)) virtual,
    -- Declared a number, but people wrote what they liked.
    weight integer,
    picture blob,
    discontinued date
) without rowid;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
insert into product (sku, category_id, title, price, weight, picture, discontinued)
select printf('SKU-%05d', i), 2 + i % 4, 'Product ' || i, (i * 37 % 50000) / 100.0,
       case when i % 400 = 0 then 'about ' || (i % 7) || ' kg' when i % 9 then i * 13 % 5000 end,
       case when i % 4 = 0 then x'89504e470d0a1a0a00ff00' end,
       case when i % 50 = 0 then date('2023-01-01', '+' || (i % 700) || ' days') end
from n;

create table "order" (
    id integer primary key autoincrement,
    customer_id integer not null references customer (id) on delete restrict,
    status text not null default 'new' check (status in ('new', 'paid', 'sent', 'returned')),
    placed_at datetime not null,
    -- Seconds since 1970, as some other part of the application prefers.
    exported_at integer,
    note text
);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
insert into "order" (id, customer_id, status, placed_at, exported_at, note)
select i, 1 + i * 7919 % 20000,
       case i % 8 when 0 then 'new' when 1 then 'returned' when 2 then 'paid' else 'sent' end,
       strftime('%Y-%m-%d %H:%M:%f', '2022-06-01', '+' || (i * 31) || ' seconds'),
       case when i % 2 then 1654041600 + i * 31 end,
       case i % 500 when 0 then 'tab' || char(9) || 'and' || char(10) || 'line' when 1 then '' when 2 then '\N' end
from n;

create table order_item (
    order_id integer not null references "order" (id) on delete cascade,
    line integer not null,
    sku text not null references product (sku),
    quantity smallint not null,
    unit_price decimal(10, 2) not null,
    primary key (order_id, line)
);
with recursive
    n(i) as (select 1 union all select i + 1 from n where i < 60000),
    l(line) as (values (1), (2), (3))
insert into order_item
select i, line, printf('SKU-%05d', 1 + (i * 13 + line * 977) % 4000), 1 + (i + line) % 5,
       (i * 37 % 50000) / 100.0
from n, l where (i + line) % 4 != 0;

create table message (
    id text primary key,
    customer_id integer references customer (id) on delete set null,
    sent_at timestamp not null,
    role text not null check (role in ('user', 'assistant')),
    body text not null,
    tokens integer,
    score real
);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 110000)
insert into message
select lower(printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i)),
       case when i % 17 then 1 + i * 31 % 20000 end,
       datetime('2024-01-01', '+' || (i * 11) || ' seconds'),
       case when i % 2 then 'user' else 'assistant' end,
       'Message ' || i || ': ' || substr('Is my parcel on its way? 📦 Many thanks — and greetings!', 1, 10 + i % 45),
       i * 7 % 4096, (i % 1000) / 7.0
from n;

create index message_by_customer on message (customer_id, sent_at desc);
create index order_open on "order" (placed_at) where status in ('new', 'paid');
create index customer_by_domain on customer (lower(email));
create unique index one_return on "order" (customer_id, id) where status = 'returned';

create view order_total as
    select o.id, c.name, o.status, count(*) as lines, sum(i.quantity * i.unit_price) as total
    from "order" as o
    join customer as c on c.id = o.customer_id
    join order_item as i on i.order_id = o.id
    group by o.id, c.name, o.status;
create view chatty as
    select customer_id, count(*) as messages, max(sent_at) as last_seen
    from message where customer_id is not null group by customer_id having count(*) > 5;

create trigger order_note after update of status on "order"
begin
    update "order" set note = 'was ' || old.status where id = new.id;
end;

commit;
