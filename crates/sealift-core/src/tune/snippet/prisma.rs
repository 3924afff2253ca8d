//! Prisma up to version 6, whose own engine has the pool
//! (<https://www.prisma.io/docs/orm/prisma-client/setup-and-configuration/databases-connections>). With a
//! driver adapter the pool is node-postgres's.

use super::super::application::Framework;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let pool = situation.pool;
    let pooler = match situation.loses_sessions {
        true => "url.searchParams.set(\"pgbouncer\", \"true\");\n",
        false => "",
    };
    Snippet {
        framework: Framework::Prisma,
        file: "database.ts",
        needs: "Prisma 4 to 6; with a driver adapter take --framework node",
        text: format!(
            "\
import {{ PrismaClient }} from \"@prisma/client\";

const url = new URL(process.env.DATABASE_URL!);
url.searchParams.set(\"connection_limit\", \"{}\");
url.searchParams.set(\"pool_timeout\", \"{}\");
{pooler}
export const prisma = new PrismaClient({{
  datasources: {{ db: {{ url: url.toString() }} }},
}});
",
            pool.total(),
            pool.timeout_seconds
        ),
        start: None,
    }
}
