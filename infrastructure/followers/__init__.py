"""The loop that lets followers read an account's log after each commit."""
