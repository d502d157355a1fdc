//! One vote a user and version: what somebody says about a version counts once, however often it is said.
//!
//! # Rule
//!
//! What the road measured (whether there was an answer, how long it took, what it cost) counts for every exposure. What a
//! user *tells* (a rating, or an outcome that they report themselves) is their vote, and of one user's exposures of one
//! version one alone has it: the one that was rated last, or, as long as none is rated, the one that was told of last. An
//! exposure that is nobody's, as one that was served to the system itself, has a vote of its own.
//!
//! # Guarantee
//!
//! A user moves a version's record by one rating and one reported outcome at most. [`Exposure::voter`] says who votes with
//! an exposure, and the store holds it unique within a version: of two that vote at one time one is refused, reads again
//! and decides anew. A record stays the sum of its exposures' present states ([`Exposure::totals`]); a vote that moves
//! changes two of them in one commit.
//!
//! # Why not a limit on the rate of ratings alone
//!
//! Whoever asks for a golden prompt and rates it in a loop, slowly, would still be as many raters as they have patience.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Exposure, ExposureId, Prompts};
use crate::{
    error::StoreError,
    id::Id,
    query::{Filter, Query},
    user::UserId,
};

impl Exposure {
    /// Under which name this exposure votes.
    fn own_voter(&self) -> Uuid {
        self.user_id.map_or(self.id.uuid(), Id::uuid)
    }

    /// Whether its vote stands rather than that of the other: a rating says more than a report, and the later more than the
    /// earlier.
    fn outvotes(&self, other: &Self) -> bool {
        match (self.rated_at, other.rated_at) {
            (Some(mine), Some(theirs)) => mine >= theirs,
            (mine, theirs) => mine.is_some() || theirs.is_none(),
        }
    }
}

/// Exposures as they were, and as they will be.
#[derive(Debug, Default)]
pub(super) struct Ballot(BTreeMap<ExposureId, (Exposure, Exposure)>);

impl Ballot {
    /// Of these, and of what votes in their place so far.
    pub(super) fn of(exposures: impl IntoIterator<Item = Exposure>) -> Self {
        Self(exposures.into_iter().map(|exposure| (exposure.id, (exposure.clone(), exposure))).collect())
    }

    /// One of them as it will be.
    pub(super) fn get_mut(&mut self, id: ExposureId) -> Option<&mut Exposure> {
        self.0.get_mut(&id).map(|(_, after)| after)
    }

    /// Lets an exposure that was told of vote, unless another of the same user's does with more right.
    pub(super) fn vote(&mut self, id: ExposureId) {
        let Some((_, voting)) = self.0.get(&id) else { return };
        if voting.voter.is_some() || voting.withdrawn {
            return;
        }
        let (version, voter) = (voting.version_id, voting.own_voter());
        let standing = self.0.values().find(|(_, other)| other.version_id == version && other.voter == Some(voter));
        if let Some((_, other)) = standing {
            if !voting.outvotes(other) {
                return;
            }
            let other = other.id;
            self.0.entry(other).and_modify(|(_, other)| other.voter = None);
        }
        self.0.entry(id).and_modify(|(_, voting)| voting.voter = Some(voter));
    }

    /// Those that changed, before and after. Whoever gives a vote up comes first, so that at no moment two have it.
    pub(super) fn changed(self) -> Vec<(Exposure, Exposure)> {
        let mut changed: Vec<_> = self.0.into_values().filter(|(before, after)| before != after).collect();
        changed.sort_by_key(|(_, after)| after.voter.is_some());
        changed
    }
}

impl Prompts {
    /// These exposures, with what votes in their place so far.
    pub(super) async fn ballot(&self, exposures: Vec<Exposure>) -> Result<Ballot, StoreError> {
        let contested = || exposures.iter().filter(|exposure| exposure.voter.is_none());
        let users: Vec<UserId> = contested().filter_map(|exposure| exposure.user_id).collect();
        if users.is_empty() {
            return Ok(Ballot::of(exposures));
        }
        let standing = Query::filter(Filter::all([
            Exposure::USER_ID.one_of(users.iter().copied().map(Some)),
            Exposure::VOTER.one_of(users.iter().map(|user| Some(user.uuid()))),
            Exposure::VERSION_ID.one_of(contested().map(|exposure| exposure.version_id)),
        ]));
        let standing = self.repository.find(&standing).await?;
        // Those that were read first are what is to be changed.
        Ok(Ballot::of(standing.into_iter().chain(exposures)))
    }
}
