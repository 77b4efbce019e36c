"""Read models: match index, contacts, records, merges; all derived from the log."""
