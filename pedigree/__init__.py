"""The nouns of Pedigree: recipe, prompt, completion, ledger, tables, models, versions and errors."""
