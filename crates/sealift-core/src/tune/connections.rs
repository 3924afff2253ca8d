//! [`Connections`]: how many the server gives, and who has them.

use serde::{Deserialize, Serialize};

/// Of this many free connections a person with psql, a backup and a revision get one.
const KEPT_OF: u64 = 20;

/// No more than this many are kept for them.
const MOST_KEPT: u64 = 5;

/// Below this many free connections the application gets all.
const TOO_FEW_TO_KEEP: u64 = 4;

/// The connections of a server, as one role in one database sees them. All numbers are connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// `max_connections`.
    pub max: u64,
    /// `superuser_reserved_connections`.
    pub superuser_reserved: u64,
    /// `reserved_connections`, which PostgreSQL 16 brought; 0 before.
    pub reserved: u64,
    /// The role's `connection limit`; `None` without one.
    pub role_limit: Option<u64>,
    /// The database's `connection limit`; `None` without one.
    pub database_limit: Option<u64>,
    /// Held by this role in this database, apart from Sealift's own: taken for the application's, whose
    /// pools are about to be replaced.
    pub own: u64,
    /// Held by everybody else on the server.
    pub others: u64,
    /// Of these, held by the same role in other databases.
    pub others_of_role: u64,
    /// Of these, held by other roles in the same database.
    pub others_in_database: u64,
}

impl Connections {
    /// Returns how many the application can have at most while the others keep theirs: `max_connections`
    /// without the reserved ones (PostgreSQL manual 20.3.1), within the limits of role and database.
    #[must_use]
    pub fn free(&self) -> u64 {
        let reserved = self.superuser_reserved.saturating_add(self.reserved);
        let server = self.max.saturating_sub(reserved).saturating_sub(self.others);
        let role = self.role_limit.map(|limit| limit.saturating_sub(self.others_of_role));
        let database =
            self.database_limit.map(|limit| limit.saturating_sub(self.others_in_database));
        [role, database].into_iter().flatten().fold(server, std::cmp::min)
    }

    /// Returns how many of the free ones stay free: a person with psql, a backup and a revision need one
    /// just when the application is busiest.
    #[must_use]
    pub fn kept_back(&self) -> u64 {
        match self.free() {
            ..TOO_FEW_TO_KEEP => 0,
            free => (free / KEPT_OF).clamp(1, MOST_KEPT),
        }
    }

    /// Returns how many are for the pools of the application.
    #[must_use]
    pub fn available(&self) -> u64 {
        self.free() - self.kept_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Connections = Connections {
        max: 100,
        superuser_reserved: 3,
        reserved: 0,
        role_limit: None,
        database_limit: None,
        own: 8,
        others: 5,
        others_of_role: 2,
        others_in_database: 1,
    };

    #[test]
    fn what_is_reserved_and_what_others_hold_is_not_free() {
        assert_eq!(USUAL.free(), 92);
        assert_eq!(Connections { reserved: 10, ..USUAL }.free(), 82);
        assert_eq!(Connections { others: 200, ..USUAL }.free(), 0);
    }

    #[test]
    fn the_nearest_limit_counts() {
        assert_eq!(Connections { role_limit: Some(20), ..USUAL }.free(), 18);
        assert_eq!(Connections { database_limit: Some(10), ..USUAL }.free(), 9);
        let both = Connections { role_limit: Some(1), database_limit: Some(10), ..USUAL };
        assert_eq!(both.free(), 0);
    }

    #[test]
    fn a_few_are_kept_for_people() {
        assert_eq!((USUAL.kept_back(), USUAL.available()), (4, 88));
        let small = Connections { max: 30, others: 0, ..USUAL };
        assert_eq!((small.free(), small.available()), (27, 26));
        let tiny = Connections { max: 6, others: 0, ..USUAL };
        assert_eq!((tiny.free(), tiny.available()), (3, 3));
        let huge = Connections { max: 5000, others: 0, ..USUAL };
        assert_eq!(huge.kept_back(), 5);
    }
}
