"""Looking back: why it is so, and what would be if it had gone otherwise."""
