"""The local web site of a workspace: the list of datasets, reports, cards, and the rows and rejects with a search."""
