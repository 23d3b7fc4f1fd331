"""The shell's face of Pedigree: the command `pedigree`. Nothing imports it."""
