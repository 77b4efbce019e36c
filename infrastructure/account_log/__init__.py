"""The log of one account: its unit of work, its accounts, its versions."""
