"""Databases for tests: `python tests/databases.py` writes those in `fixtures/sql`, which cases read as they stand."""

import sqlite3
from contextlib import closing
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures" / "sql"

SHOP = """
create table customers (id integer primary key, name text not null, city text);
create table orders (id integer primary key, customer integer references customers, item text, price real, note blob);
insert into customers values (1, 'Ada', 'London'), (2, 'Grace', 'New York'), (3, 'Linus', null);
insert into orders values
    (1, 1, 'tea', 3.5, null), (2, 1, 'milk', 1.2, null), (3, 2, 'coffee', 4, x'00ff01'),
    (9007199254740993, 3, 'cake', 2.5, null);
create view spent as
    select name, sum(price) as total from orders join customers on customer = customers.id group by name;
"""

HOSTILE = """
create table plain (a integer, doubled as (a * 2));
insert into plain values (1), (2), (3);
create virtual table words using fts5(body);
insert into words values ('hello');
create virtual table old_words using fts4(body);
insert into old_words values ('hello');
create virtual table boxes using rtree(id, low, high);
insert into boxes values (1, 2, 3);
create view reads_a_module as select * from dbstat;
create view loads as select load_extension('/tmp/x.so') from plain;
create view tokenizes as select fts3_tokenizer('simple') from plain;
create view endless as with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) as x from c;
create view huge as select printf('%.*c', 60000000, 'x') as x from plain;
create table calls (a, b as (printf('%.*c', 60000000, a)), c as (abs(a)));
insert into calls (a) values (1), (2);
create view changes as select a from plain;
create trigger change instead of insert on changes begin delete from plain; end;
create table blobs (id integer primary key, x);
insert into blobs values (1, cast(x'ff' as text)), (2, 9e999), (3, x'00'), (4, 'a' || char(0) || 'b');
create table "select" ("from" text);
insert into "select" values ('reserved');
"""

POISON = """
pragma writable_schema = on;
update sqlite_master set sql = replace(sql, 'abs(a)', 'load_extension(a)') where name = 'calls';
"""


def make(path: Path, script: str, page: int = 4096) -> Path:
    """Write a database, as a script makes it."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"pragma page_size = {page}")
        database.execute("pragma trusted_schema = on")
        for statement in _statements(script):
            database.execute(statement)
        database.commit()
    return path


def _statements(script: str) -> list[str]:
    found, rest = [], ""
    for piece in script.split(";"):
        rest += piece + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found


if __name__ == "__main__":
    make(FIXTURES / "shop.db", SHOP, 512)
    hostile = make(FIXTURES / "hostile.db", HOSTILE, 512)
    make(FIXTURES / "poisoned.db", HOSTILE + POISON, 512)
    whole = hostile.read_bytes()
    (FIXTURES / "cut.db").write_bytes(whole[: len(whole) // 2])
    (FIXTURES / "no.db").write_bytes(b"SQLite format 2\0" + bytes(1000))
