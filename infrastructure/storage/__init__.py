"""The parts that all stores share: tables, stored events, the chain, the session."""
