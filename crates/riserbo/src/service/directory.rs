//! Staff and software in memory.
//!
//! A desk has tens to a few thousand of them, and nearly every page names one:
//! the profiles are opened once and kept. Colleagues' names are shown in
//! tickets and are not customer data (DESIGN section 4); at rest they are sealed
//! like everything else, in `system`.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use guard::{Principal, PrincipalKind, RoleSet};
use seal::{FieldId, RecordId};
use serde::{Deserialize, Serialize};

use super::fields::{noun, part};
use super::keyring::{KeySet, Keyring, domain};
use crate::error::{Error, Result};
use crate::store::db::Db;
use crate::store::people;

/// What is sealed of a member of staff.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Sign-in address.
    pub email: String,
    /// Name, as colleagues see it.
    pub name: String,
    /// Language.
    pub locale: String,
    /// The number that stands for this person in the access log: random, so
    /// that the log alone names nobody.
    pub agent_no: u32,
    /// The number under which the log's readers see this person ("Agente 14"):
    /// random, so that it names nobody.
    pub alias: u32,
    /// PHC string of the password; none until it is set.
    pub password: Option<String>,
    /// Whether the password was made by somebody else, to start with: it only
    /// serves to set one's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub start_password: bool,
}

/// A principal, open.
pub struct Staff {
    /// Zendesk user id.
    pub id: i64,
    /// What is sealed.
    pub profile: Profile,
    /// Id, kind, roles and groups, as `guard` wants them.
    pub principal: Principal,
    /// May sign in.
    pub active: bool,
    /// Known from an import only: never signed in here.
    pub imported: bool,
    /// Micros.
    pub created_at: i64,
    /// Micros.
    pub updated_at: i64,
}

impl Staff {
    /// Whether this is software.
    #[must_use]
    pub fn software(&self) -> bool {
        self.principal.kind == PrincipalKind::Software
    }
}

#[derive(Default)]
struct Maps {
    by_id: HashMap<i64, Arc<Staff>>,
    by_email: HashMap<String, i64>,
    by_number: HashMap<u32, i64>,
    by_alias: HashMap<u32, i64>,
}

/// Everybody on the staff.
#[derive(Default)]
pub struct Directory {
    maps: RwLock<Maps>,
    /// Held while the staff is read anew: an older reading must never take the place of a newer
    /// one, which may have a suspension in it.
    loading: tokio::sync::Mutex<()>,
}

/// The record of a member of staff.
#[must_use]
pub fn staff_record(id: i64) -> RecordId {
    RecordId { noun: noun::STAFF, id }
}

/// The place of the profile.
pub const PROFILE: FieldId = FieldId { part: part::STAFF_PROFILE, item: 0, slot: 0 };

/// Opens a profile.
pub(super) fn profile_of(keys: &mut KeySet<'_>, row: &people::StaffRow) -> Result<Profile> {
    let clear = keys.open(staff_record(row.id), PROFILE, 0, &row.sealed)?;
    #[expect(clippy::disallowed_methods, reason = "staff profiles are kept open in memory")]
    serde_json::from_slice(clear.expose()).map_err(|_| Error::Sealed)
}

impl Directory {
    /// Reads and opens everybody.
    pub async fn load(&self, data: &Db, keys: &Keyring) -> Result<()> {
        let _one = self.loading.lock().await;
        let rows = people::all_staff(data).await?;
        let records: Vec<RecordId> = rows.iter().map(|r| staff_record(r.id)).collect();
        let mut set = keys.load(&records).await?;
        let mut maps = Maps::default();
        for row in rows {
            let profile = profile_of(&mut set, &row)?;
            let roles: Vec<String> = serde_json::from_str(&row.roles).unwrap_or_default();
            let groups: Vec<i64> = serde_json::from_str(&row.groups).unwrap_or_default();
            let kind = if row.software { PrincipalKind::Software } else { PrincipalKind::Agent };
            // A role that is no longer valid gives nothing (I3).
            let roles = RoleSet::parse(roles).unwrap_or_else(|_| RoleSet::new([]));
            maps.by_email.insert(profile.email.to_lowercase(), row.id);
            maps.by_number.insert(profile.agent_no, row.id);
            maps.by_alias.insert(profile.alias, row.id);
            maps.by_id.insert(
                row.id,
                Arc::new(Staff {
                    id: row.id,
                    principal: Principal { id: row.id, kind, roles, groups },
                    profile,
                    active: row.state == 0,
                    imported: row.state == 2,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                }),
            );
        }
        *self.maps.write().unwrap_or_else(std::sync::PoisonError::into_inner) = maps;
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Maps> {
        self.maps.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The principal with this id.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<Arc<Staff>> {
        self.read().by_id.get(&id).cloned()
    }

    /// The principal with this address, in any case.
    #[must_use]
    pub fn by_email(&self, email: &str) -> Option<Arc<Staff>> {
        let maps = self.read();
        maps.by_email.get(&email.to_lowercase()).and_then(|id| maps.by_id.get(id)).cloned()
    }

    /// The principal with this number in the log.
    #[must_use]
    pub fn by_number(&self, number: u32) -> Option<Arc<Staff>> {
        let maps = self.read();
        maps.by_number.get(&number).and_then(|id| maps.by_id.get(id)).cloned()
    }

    /// The principal with this alias.
    #[must_use]
    pub fn by_alias(&self, alias: u32) -> Option<Arc<Staff>> {
        let maps = self.read();
        maps.by_alias.get(&alias).and_then(|id| maps.by_id.get(id)).cloned()
    }

    /// Everybody, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Staff>> {
        let mut all: Vec<_> = self.read().by_id.values().cloned().collect();
        all.sort_by_key(|s| s.id);
        all
    }
}

/// The domain of staff records.
pub const DOMAIN: u32 = domain::SYSTEM;
