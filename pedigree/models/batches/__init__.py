"""Requests that go through a provider's batch API: submitted, waited for and collected."""
