//! The rights of a role that works with the rows and changes nothing else, as statements.
//!
//! It may connect, see the schema, read and write rows, use sequences and call functions; of tables that the
//! owners make later too. It may not make, change, drop or truncate anything.

use crate::name::Ident;
use crate::sql::Sql;
use serde::Serialize;

/// What is known of the role and the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFacts {
    /// The role that gets the rights.
    pub role: Ident,
    /// The database.
    pub database: Ident,
    /// The schema.
    pub schema: Ident,
    /// Whether the role may do everything, whatever it is granted.
    pub is_superuser: bool,
    /// Whether it passes by the policies of row security.
    pub bypasses_policies: bool,
    /// Who owns tables, sequences and functions there, or will: the role that makes revisions. Without
    /// the role itself.
    pub owners: Vec<Ident>,
    /// How many tables, views and sequences of the schema the role itself owns.
    pub owned: u64,
    /// Owners whose rights the role has, since it is a member of them.
    pub member_of: Vec<Ident>,
    /// Whether the schema has functions or procedures.
    pub has_functions: bool,
}

/// Something that grants cannot mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// What is the case.
    pub message: String,
    /// The statement that helps.
    pub hint: String,
}

/// Returns the statements, in the order in which they are to be run.
#[must_use]
pub fn grants(facts: &GrantFacts) -> Vec<Sql> {
    let GrantFacts { role, database, schema, .. } = facts;
    let to = |sql: Sql| sql.push(" to ").ident(role);
    let all = |rights: &'static str| to(Sql::raw(rights).ident(schema));
    let mut statements = vec![
        // Up to PostgreSQL 14 everybody may make tables in `public`; from 15 on it is so in databases
        // that come from an older server.
        Sql::raw("revoke create on schema ").ident(schema).push(" from public"),
        Sql::raw("revoke create on schema ").ident(schema).push(" from ").ident(role),
        Sql::raw("revoke truncate, references, trigger on all tables in schema ")
            .ident(schema)
            .push(" from ")
            .ident(role),
        to(Sql::raw("grant connect on database ").ident(database)),
        all("grant usage on schema "),
        all("grant select, insert, update, delete on all tables in schema "),
        all("grant usage, select on all sequences in schema "),
    ];
    if facts.has_functions {
        statements.push(all("grant execute on all routines in schema "));
    }
    for owner in &facts.owners {
        let default = |rights: &'static str| {
            let sql = Sql::raw("alter default privileges for role ").ident(owner);
            to(sql.push(" in schema ").ident(schema).push(rights))
        };
        statements.push(default(" grant select, insert, update, delete on tables"));
        statements.push(default(" grant usage, select on sequences"));
        statements.push(default(" grant execute on routines"));
    }
    statements
}

/// Returns why the role could do more than it is granted.
#[must_use]
pub fn obstacles(facts: &GrantFacts) -> Vec<Obstacle> {
    let role = &facts.role;
    let quoted = Sql::new().ident(role);
    let mut obstacles = Vec::new();
    if facts.is_superuser {
        obstacles.push(Obstacle {
            message: format!("role {role} is a superuser, who may do everything"),
            hint: format!("alter role {quoted} nosuperuser"),
        });
    }
    if facts.bypasses_policies {
        obstacles.push(Obstacle {
            message: format!("role {role} passes by the policies of row security"),
            hint: format!("alter role {quoted} nobypassrls"),
        });
    }
    if facts.owned > 0 {
        let noun = if facts.owned == 1 { "object" } else { "objects" };
        let schema = &facts.schema;
        obstacles.push(Obstacle {
            message: format!(
                "role {role} owns {} {noun} of schema {schema}, which it may change and drop",
                facts.owned
            ),
            hint: format!("reassign owned by {quoted} to OWNER"),
        });
    }
    for owner in &facts.member_of {
        obstacles.push(Obstacle {
            message: format!("role {role} is a member of {owner}, and may do what that may"),
            hint: format!("revoke {} from {quoted}", Sql::new().ident(owner)),
        });
    }
    obstacles
}

/// Returns the statements as a script in one transaction.
#[must_use]
pub fn script(statements: &[Sql]) -> String {
    let lines: String = statements.iter().map(|sql| format!("{sql};\n")).collect();
    format!("begin;\n{lines}commit;\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(name: &str) -> Ident {
        Ident::new(name).unwrap()
    }

    fn facts() -> GrantFacts {
        GrantFacts {
            role: ident("app"),
            database: ident("shop"),
            schema: ident("public"),
            is_superuser: false,
            bypasses_policies: false,
            owners: vec![ident("owner")],
            owned: 0,
            member_of: Vec::new(),
            has_functions: false,
        }
    }

    #[test]
    fn the_role_gets_rows_and_nothing_else() {
        insta::assert_snapshot!(script(&grants(&facts())), @r#"
        begin;
        revoke create on schema "public" from public;
        revoke create on schema "public" from "app";
        revoke truncate, references, trigger on all tables in schema "public" from "app";
        grant connect on database "shop" to "app";
        grant usage on schema "public" to "app";
        grant select, insert, update, delete on all tables in schema "public" to "app";
        grant usage, select on all sequences in schema "public" to "app";
        alter default privileges for role "owner" in schema "public" grant select, insert, update, delete on tables to "app";
        alter default privileges for role "owner" in schema "public" grant usage, select on sequences to "app";
        alter default privileges for role "owner" in schema "public" grant execute on routines to "app";
        commit;
        "#);
        let functions = GrantFacts { has_functions: true, ..facts() };
        assert!(script(&grants(&functions)).contains("grant execute on all routines in schema"));
    }

    #[test]
    fn a_name_is_always_quoted() {
        let facts = GrantFacts { role: ident("a\"; drop table x"), ..facts() };
        assert!(script(&grants(&facts)).contains("to \"a\"\"; drop table x\";\n"));
    }

    #[test]
    fn what_no_grant_can_mend_is_said() {
        assert_eq!(obstacles(&facts()), []);
        let all = GrantFacts {
            is_superuser: true,
            bypasses_policies: true,
            owned: 2,
            member_of: vec![ident("owner")],
            ..facts()
        };
        let hints: Vec<String> = obstacles(&all).into_iter().map(|one| one.hint).collect();
        assert_eq!(
            hints,
            [
                "alter role \"app\" nosuperuser",
                "alter role \"app\" nobypassrls",
                "reassign owned by \"app\" to OWNER",
                "revoke \"owner\" from \"app\"",
            ]
        );
    }
}
