//! Riserbo: self-hosted privacy for customer-support teams.
