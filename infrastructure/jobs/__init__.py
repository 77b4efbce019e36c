"""Jobs: long work that is kept with the account and carried out by any process."""
