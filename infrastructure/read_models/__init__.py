"""Read models: match index, contacts, records, merges; all read from the log."""
