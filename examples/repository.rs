//! The repository pattern on the in-memory store: create, read, filter, page, change, conflict, soft delete, restore.
//!
//! `cargo run --example repository`
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::time::Duration;

use driveever::{
    core::{
        StoreError, entity,
        entity::{Context, Revision},
        id::{IdGenerator, SystemIds},
        page::PageRequest,
        query::{Filter, Query},
        repository::RepositoryExt,
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

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let store = MemoryStore::new();
    let ids: &dyn IdGenerator = &SystemIds;
    let bays: Vec<Bay> = (1..=25)
        .map(|number| Bay {
            id: ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            number,
            is_free: number % 2 == 0,
            note: format!("lift no. {number}"),
        })
        .collect();
    store.create_many(&bays).await?;

    let free = Query::filter(Bay::IS_FREE.eq(true)).sort(Bay::NUMBER.descending());
    let page = store.page(free, &PageRequest::Numbered { page: 1, limit: 5 }).await?;
    println!("free, highest first: {:?}", page.data().iter().map(|bay| bay.number).collect::<Vec<_>>());

    let Some(mut bay) = store.find_one_by(Bay::NUMBER.eq(7_u32)).await? else { return Ok(()) };
    let mut stale = bay.clone();
    bay.is_free = true;
    store.update(&mut bay, None).await?;
    stale.note = "somebody was quicker".into();
    println!(
        "a stale change: {}",
        store.update(&mut stale, None).await.err().map_or_else(String::new, |error| error.to_string())
    );

    store.soft_delete(&mut bay, SystemClock.now().minus(Duration::ZERO)).await?;
    println!("after its deletion: {:?}", store.find_one_by(Bay::NUMBER.eq(7_u32)).await?.map(|bay| bay.number));
    store.restore(&mut bay).await?;
    println!("found by its note: {}", store.exists(Filter::<Bay>::search("lift 7")).await?);
    Ok(())
}
