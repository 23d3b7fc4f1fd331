"""``python -m cli`` runs the command `pedigree` with the code of the current folder."""

from cli.main import main

main()
