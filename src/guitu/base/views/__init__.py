"""Pages of the ground: sign-in, own account, organisations, accounts, audit, settings."""
