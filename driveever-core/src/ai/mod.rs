//! Language models and their answers.
