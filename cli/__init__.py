"""The command line interface: the command `pedigree`. No other package imports it."""
