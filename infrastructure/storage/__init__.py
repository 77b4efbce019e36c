"""What every store has: tables, stored events, the chain, a session."""
