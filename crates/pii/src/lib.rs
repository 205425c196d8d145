//! Text in, findings out: finds personal values in support text and builds their masks.
