"""What reads an account's log after each commit, and the loop that looks after it."""
