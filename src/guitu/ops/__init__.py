"""The shell around everything: the command line, the embedded parts, supervision, backup."""
