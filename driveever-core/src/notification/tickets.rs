//! One-time tickets for sockets.
//!
//! A browser cannot send an `Authorization` header with a WebSocket, and an access token in a URL ends up in logs. It asks
//! for a ticket instead, good once and for half a minute. Tickets are kept in the store and not in memory, because the
//! socket may reach another process than the request did; kept is a hash, so that whoever reads the store cannot use
//! one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{IssuedTicket, Ticket, notifications::Inner};
use crate::{
    entity::Revision,
    error::Error,
    query::{Filter, Query},
    repository::RepositoryExt,
    user::UserId,
};

/// Where tickets' secrets come from: a port, because core has no source of secure randomness.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait TicketSecrets: Send + Sync {
    /// Bytes that nobody can guess, from a cryptographically secure source.
    fn secret(&self) -> [u8; 32];
}

/// More characters than a ticket has.
const MAX_TICKET_CHARS: usize = 100;

impl Inner {
    pub(super) async fn issue_ticket(&self, user: UserId) -> Result<IssuedTicket, Error> {
        let now = self.clock.now();
        let spent = Filter::all([Ticket::USER_ID.eq(user), Ticket::EXPIRES_AT.at_most(now)]);
        self.repository.delete_by(spent).await?;
        let open = self.repository.count(&Query::filter(Ticket::USER_ID.eq(user))).await?;
        if open >= self.options.tickets_a_user {
            return Err(Error::RateLimited { what: "open socket tickets", retry_after: self.options.ticket_ttl });
        }
        let ticket = URL_SAFE_NO_PAD.encode(self.secrets.secret());
        let row = Ticket {
            id: self.ids.id(),
            revision: Revision::FIRST,
            deleted_at: None,
            user_id: user,
            ticket_hash: hash(&ticket),
            expires_at: now.plus(self.options.ticket_ttl),
            redeemed_at: None,
        };
        self.repository.create(&row, None).await?;
        Ok(IssuedTicket { ticket: ticket.into(), expires_at: row.expires_at })
    }

    pub(super) async fn redeem_ticket(&self, ticket: &SecretString) -> Result<UserId, Error> {
        let refused =
            || Error::Unauthenticated { code: "invalid_ticket", detail: "the ticket is not valid: ask for a new one" };
        let ticket = ticket.expose_secret();
        if ticket.len() > MAX_TICKET_CHARS {
            return Err(refused());
        }
        let found: Option<Ticket> = self.repository.find_one_by(Ticket::TICKET_HASH.eq(hash(ticket))).await?;
        let now = self.clock.now();
        let good = |row: &Ticket| row.redeemed_at.is_none() && now < row.expires_at;
        let mut row = found.filter(good).ok_or_else(refused)?;
        row.redeemed_at = Some(now);
        match self.repository.update(&mut row, None).await {
            Ok(()) => Ok(row.user_id),
            // Somebody else used it at the same moment.
            Err(error) if error.is_conflict() => Err(refused()),
            Err(error) => Err(error.into()),
        }
    }
}

fn hash(ticket: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(ticket))
}
