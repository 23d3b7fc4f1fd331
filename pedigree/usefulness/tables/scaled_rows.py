"""Rows of tables as vectors whose mean square length is 1, for training by steps and for nearest rows."""

import numpy as np
from scipy.sparse import csr_matrix

from pedigree.metrics.tables.columns import Table
from pedigree.metrics.tables.features import learn_features


def scale_rows(table: Table) -> csr_matrix:
    """Return the features of the rows, centred, with a mean square length of 1 (rows x features)."""
    features = learn_features(table).embed(table)
    features -= features.mean(axis=0) if len(table) else 0
    length = np.sqrt((features**2).sum(axis=1).mean()) if features.size else 0
    return csr_matrix(features / (length or 1))
