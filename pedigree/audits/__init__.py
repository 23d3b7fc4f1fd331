"""Audits of a finished dataset: what it gives away of people (privacy), and how it treats groups of people (bias)."""
