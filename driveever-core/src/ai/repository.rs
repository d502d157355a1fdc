//! Where answers and feedback are kept.

use super::{AiResponse, Feedback, FeedbackHistory};
use crate::repository::Repository;

/// The AI service's storage. Reads that must stay fast: answers by user, newest first; feedback by answer and user.
pub trait AiRepository: Repository<AiResponse> + Repository<Feedback> + Repository<FeedbackHistory> {}

impl<T: Repository<AiResponse> + Repository<Feedback> + Repository<FeedbackHistory> + ?Sized> AiRepository for T {}
