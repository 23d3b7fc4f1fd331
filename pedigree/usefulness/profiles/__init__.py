"""Training on parts of the synthetic rows: is it better to leave hard or doubted ones out?"""
