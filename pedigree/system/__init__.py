"""This machine and its programs: whole-file writes, locks, threads, processes, append-only logs, git and DVC."""
