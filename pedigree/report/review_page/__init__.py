"""The review page: people decide on the rows of a sheet in the browser, one after another."""
