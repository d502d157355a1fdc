//! Events as they pass, for open sockets: a bounded broadcast.
//!
//! A socket that is too slow loses what it could not take and is told so ([`Missed`](tokio::sync::broadcast::error::RecvError::Lagged));
//! it then reads what it missed from the service. Nothing here holds up the relay.

use std::sync::Arc;

use driveever_core::event::{LiveSink, StoredEvent};
use tokio::sync::broadcast;

/// Events that wait for the slowest socket, at most.
const CAPACITY: usize = 1_024;

/// The broadcast; its clones are one.
#[derive(Debug, Clone)]
pub struct Live {
    sender: broadcast::Sender<Arc<StoredEvent>>,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::channel(CAPACITY).0 }
    }
}

impl Live {
    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoredEvent>> {
        self.sender.subscribe()
    }
}

impl LiveSink for Live {
    fn push(&self, events: &[Arc<StoredEvent>]) {
        for event in events {
            // Nobody listening is no fault.
            let _ = self.sender.send(event.clone());
        }
    }
}
