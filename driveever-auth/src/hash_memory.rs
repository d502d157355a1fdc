//! Memory to hash in, used again and again.
//!
//! Argon2 fills megabytes for each hash. Asked for anew each time, from whichever thread runs the hash, that memory stays with
//! an allocator that keeps some for every thread (glibc's does), and a busy server grows to many times what it needs. Here as
//! many blocks exist as hashes run at one time. Whoever has an allocator that gives memory back keeps none.

use argon2::{Block, Params};
use parking_lot::Mutex;

/// Blocks that no hash uses at present.
#[derive(Debug)]
pub(crate) struct HashMemory {
    kept: Mutex<Vec<Vec<Block>>>,
    keeps: bool,
}

impl HashMemory {
    /// None yet; `keeps` those that were used.
    pub(crate) const fn new(keeps: bool) -> Self {
        Self { kept: Mutex::new(Vec::new()), keeps }
    }

    /// Lends blocks that suffice for these parameters, and keeps at most `usual` of them afterwards: a stored hash of larger
    /// parameters needs its own size once.
    pub(crate) fn lend<T>(&self, params: &Params, usual: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let mut blocks = self.kept.lock().pop().unwrap_or_default();
        let needed = params.block_count();
        if blocks.len() < needed {
            blocks.reserve_exact(needed - blocks.len());
            blocks.resize(needed, Block::default());
        }
        let result = work(&mut blocks);
        if self.keeps {
            if blocks.len() > usual {
                blocks.truncate(usual);
                blocks.shrink_to_fit();
            }
            self.kept.lock().push(blocks);
        }
        result
    }

    /// How many blocks lie ready, in each of the memories.
    #[cfg(test)]
    pub(crate) fn ready(&self) -> Vec<usize> {
        self.kept.lock().iter().map(Vec::len).collect()
    }
}
