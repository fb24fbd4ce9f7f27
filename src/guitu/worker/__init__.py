"""Stream → engine → database: takes batches of reports, judges them, commits them with their offset."""
