//! Language models and their answers.

pub mod text_model;
