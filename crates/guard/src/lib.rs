//! Who may see what: principals, actions, levels, classes and their decisions.
