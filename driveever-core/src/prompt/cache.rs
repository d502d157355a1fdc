//! What is kept at hand between requests: rankings of categories and parsed versions. Both are bounded, belong to one
//! service and hold nothing that cannot be read again.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{PromptCategory, PromptId, select::Candidate, values::Form};
use crate::time::Timestamp;

/// A category's candidates, the golden one first.
pub(super) type Ranking = Arc<[Candidate]>;

/// The ranking of each category, until something changes it or it gets old.
#[derive(Debug)]
pub(super) struct Rankings {
    slots: RwLock<Vec<Slot>>,
    age: Duration,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    /// How often it was dropped: what was read before the last time is not kept.
    generation: u64,
    ranking: Option<(Timestamp, Ranking)>,
}

impl Rankings {
    pub(super) fn new(age: Duration) -> Self {
        Self { slots: RwLock::new(vec![Slot::default(); PromptCategory::ALL.len()]), age }
    }

    /// The ranking, or the generation under which a new one may be kept.
    pub(super) fn get(&self, category: PromptCategory, now: Timestamp) -> Result<Ranking, u64> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get(category as usize) else { return Err(0) };
        let fresh = slot.ranking.as_ref().filter(|(read_at, _)| now.since(*read_at) < self.age && now >= *read_at);
        fresh.map(|(_, ranking)| ranking.clone()).ok_or(slot.generation)
    }

    /// Keeps a ranking that was read at `read_at`, unless something changed meanwhile.
    pub(super) fn put(&self, category: PromptCategory, generation: u64, read_at: Timestamp, ranking: Ranking) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(category as usize).filter(|slot| slot.generation == generation) {
            slot.ranking = Some((read_at, ranking));
        }
    }

    /// Drops a ranking.
    pub(super) fn drop_ranking(&self, category: PromptCategory) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(category as usize) {
            slot.generation += 1;
            slot.ranking = None;
        }
    }
}

/// Parsed versions. A version never changes, so that an entry is never wrong; the one unused for longest gives way.
#[derive(Debug)]
pub(super) struct Forms {
    kept: RwLock<HashMap<(PromptId, u32), Kept>>,
    capacity: usize,
    uses: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    form: Arc<Form>,
    last_use: AtomicU64,
}

impl Forms {
    pub(super) fn new(capacity: usize) -> Self {
        Self { kept: RwLock::default(), capacity, uses: AtomicU64::new(0) }
    }

    pub(super) fn get(&self, prompt: PromptId, number: u32) -> Option<Arc<Form>> {
        let forms = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = forms.get(&(prompt, number))?;
        kept.last_use.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(kept.form.clone())
    }

    pub(super) fn put(&self, prompt: PromptId, number: u32, form: Arc<Form>) {
        if self.capacity == 0 {
            return;
        }
        let mut forms = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= self.capacity {
            let oldest =
                forms.iter().min_by_key(|(_, kept)| kept.last_use.load(Ordering::Relaxed)).map(|(key, _)| *key);
            oldest.and_then(|key| forms.remove(&key));
        }
        let last_use = AtomicU64::new(self.uses.fetch_add(1, Ordering::Relaxed));
        forms.insert((prompt, number), Kept { form, last_use });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{id::Id, prompt::template::Template};

    const CATEGORY: PromptCategory = PromptCategory::GeneralInquiry;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn a_ranking_gets_old() {
        let rankings = Rankings::new(Duration::from_secs(5));
        let generation = rankings.get(CATEGORY, at(0)).unwrap_err();
        rankings.put(CATEGORY, generation, at(0), Arc::from([]));
        assert!(rankings.get(CATEGORY, at(4)).is_ok());
        assert!(rankings.get(CATEGORY, at(5)).is_err());
        assert!(rankings.get(PromptCategory::CostAnalysis, at(0)).is_err());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let rankings = Rankings::new(Duration::from_secs(5));
        let generation = rankings.get(CATEGORY, at(0)).unwrap_err();
        rankings.drop_ranking(CATEGORY);
        rankings.put(CATEGORY, generation, at(0), Arc::from([]));
        assert!(rankings.get(CATEGORY, at(0)).is_err());
    }

    #[test]
    fn the_form_unused_for_longest_gives_way() {
        let forms = Forms::new(2);
        let form = Arc::new(Form::new(Template::parse("x").unwrap(), Arc::from([])).unwrap());
        let prompt = Id::new(Uuid::nil());
        forms.put(prompt, 1, form.clone());
        forms.put(prompt, 2, form.clone());
        assert!(forms.get(prompt, 1).is_some());
        forms.put(prompt, 3, form);
        assert!(forms.get(prompt, 2).is_none() && forms.get(prompt, 1).is_some() && forms.get(prompt, 3).is_some());
    }
}
