"""Free ways to make rows from people's rows, beside a dataset: does the model that was paid earn its money?"""
