"""Random histories in which merges are taken back, beside an oracle that never had them."""
