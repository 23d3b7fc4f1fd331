"""Groups of labels: which labels of many a judge is shown about a row."""
