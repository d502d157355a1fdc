//! The repository pattern: an entity of your own, what every repository does with it (create, read, filter, page, change,
//! conflict, soft delete, restore), methods of its own beside that, and several writes with an event, all or nothing.
//!
//! It runs on the in-memory store; with another adapter, only the line that makes the store changes.
//!
//! `cargo run --example repository`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;

use driveever::{
    core::{
        RequestContext, StoreError, async_trait,
        changes::Changes,
        entity,
        entity::{Context, Revision},
        event::{EventFactory, EventLog as _},
        event_body,
        id::{IdGenerator, SystemIds},
        page::{Page, PageRequest},
        query::{Deleted, Filter, Query},
        repository::{Repository, RepositoryExt as _},
        time::{Clock, SystemClock},
    },
    memory::MemoryStore,
};

/// A context of your own.
#[derive(Debug)]
pub struct Garage;
impl Context for Garage {
    const NAME: &'static str = "garage";
}

entity! {
    /// A bay for one vehicle.
    #[derive(PartialEq)]
    pub struct Bay in Garage as versioned "bay" in "garage_bays" {
        unique [["number"]], lookup ["is_free"], search ["note"],
    } {
        /// Its number over the door.
        pub number: u32 => NUMBER,
        /// Whether it is free.
        pub is_free: bool => IS_FREE,
        /// What the fitters should know.
        pub note: String => NOTE,
    }
}

event_body! {
    /// A vehicle was taken in.
    pub struct BayTaken as "bay.taken" {
        /// Which bay.
        pub number: u32,
    }
}

/// Bays with queries of their own. Whatever keeps bays has them: there is nothing to write for an adapter or a wrapper.
#[async_trait]
pub trait BayRepository: Repository<Bay> {
    /// The free bay with the lowest number.
    async fn next_free(&self) -> Result<Option<Bay>, StoreError> {
        let free = Query::filter(Bay::IS_FREE.eq(true)).sort(Bay::NUMBER.ascending()).limit(1);
        Ok(self.find(&free).await?.pop())
    }

    /// How many bays are free, of how many.
    async fn occupancy(&self) -> Result<(u64, u64), StoreError> {
        let free = self.count(&Query::filter(Bay::IS_FREE.eq(true))).await?;
        Ok((free, self.count(&Query::<Bay>::everything()).await?))
    }
}
impl<R: Repository<Bay> + ?Sized> BayRepository for R {}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let store = Arc::new(MemoryStore::new());
    // Services hold the port; which store is behind it, they cannot tell.
    let bays: Arc<dyn BayRepository> = store.clone();
    create(&*bays).await?;
    read(&*bays).await?;
    change(&*bays).await?;
    take_in(&*bays).await?;
    println!("events in the log: {}", store.replay(Garage::NAME, 0, 10).await?.len());
    delete(&*bays).await
}

async fn create(bays: &dyn BayRepository) -> Result<(), StoreError> {
    let ids: &dyn IdGenerator = &SystemIds;
    let new = |number| Bay {
        id: ids.id(),
        revision: Revision::FIRST,
        deleted_at: None,
        number,
        is_free: number % 2 == 0,
        note: format!("lift no. {number}"),
    };
    bays.create_many(&(1..=25).map(new).collect::<Vec<_>>()).await?;
    if let Err(refused) = bays.create(&new(7), None).await {
        println!("a second bay 7: {refused}");
    }
    Ok(())
}

async fn read(bays: &dyn BayRepository) -> Result<(), StoreError> {
    let numbers = |page: &Page<Bay>| page.data().iter().map(|bay| bay.number).collect::<Vec<_>>();
    let free = Query::filter(Bay::IS_FREE.eq(true)).sort(Bay::NUMBER.descending());
    let page = bays.page(free.clone(), &PageRequest::Numbered { page: 1, limit: 5 }).await?;
    println!("free, highest first: {:?}", numbers(&page));

    // A walk by cursor costs the same at every page and neither repeats nor skips rows that come and go meanwhile.
    let mut request = PageRequest::First { limit: 5 };
    let mut walked = 0;
    while let Page::Cursor { data, next, .. } = bays.page(free.clone(), &request).await? {
        walked += data.len();
        let Some(cursor) = next else { break };
        request = PageRequest::After { cursor, limit: 5 };
    }
    println!("walked by cursor: {walked} bays");
    println!("found by its note: {}", bays.exists(Filter::search("lift 7")).await?);
    println!(
        "next free: {:?}, occupancy: {:?}",
        bays.next_free().await?.map(|bay| bay.number),
        bays.occupancy().await?
    );
    Ok(())
}

async fn change(bays: &dyn BayRepository) -> Result<(), StoreError> {
    let Some(mut bay) = bays.find_one_by(Bay::NUMBER.eq(7_u32)).await? else { return Ok(()) };
    let mut stale = bay.clone();
    bay.is_free = true;
    bays.update(&mut bay, None).await?;
    println!("bay 7 at revision {}", bay.revision);
    stale.note = "somebody was quicker".into();
    if let Err(refused) = bays.update(&mut stale, None).await {
        println!("a stale change: {refused}");
    }
    Ok(())
}

/// Two rows and an event in one commit: none of them is stored without the others.
async fn take_in(bays: &dyn BayRepository) -> Result<(), StoreError> {
    let (Some(mut from), Some(mut to)) =
        (bays.find_one_by(Bay::NUMBER.eq(1_u32)).await?, bays.find_one_by(Bay::NUMBER.eq(2_u32)).await?)
    else {
        return Ok(());
    };
    let request = RequestContext::system("take-in");
    let events = EventFactory::new(&SystemClock, &SystemIds, &request);
    (from.is_free, to.is_free) = (true, false);
    let taken = events.event(&to, to.revision.next(), &BayTaken { number: to.number });
    bays.commit(Changes::new().update(&mut from).update(&mut to).causing(taken)).await?;
    println!("moved from bay {} to bay {}", from.number, to.number);
    Ok(())
}

async fn delete(bays: &dyn BayRepository) -> Result<(), StoreError> {
    let Some(mut bay) = bays.find_one_by(Bay::NUMBER.eq(7_u32)).await? else { return Ok(()) };
    bays.soft_delete(&mut bay, SystemClock.now()).await?;
    let deleted = Query::<Bay>::everything().deleted(Deleted::Only);
    println!("bay 7 is gone: {}, deleted: {}", bays.get(bay.id).await?.is_none(), bays.count(&deleted).await?);
    bays.restore(&mut bay).await?;
    println!("and back at revision {}", bay.revision);
    bays.delete(bay.id).await?;
    println!("deleted for good; bays left: {}", bays.occupancy().await?.1);
    Ok(())
}
