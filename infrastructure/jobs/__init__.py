"""Long work: kept with the account, and carried out by whichever process is there."""
