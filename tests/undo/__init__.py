"""Random histories with undone merges, compared with an oracle that never had these merges."""
