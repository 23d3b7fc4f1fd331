"""Measures how far label counts are from the target shares."""

from collections.abc import Mapping


def measure_distance(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Return the total-variation distance, 0 to 1: half the sum of the absolute differences; 1 for no rows."""
    rows = sum(counts.values())
    if not rows:
        return 1.0
    names = [*shares, *(name for name in counts if name not in shares)]
    # Rounded, so that five rows of a thousand are 0.005 and not the next float above it.
    return round(sum(abs(counts.get(name, 0) / rows - shares.get(name, 0)) for name in names) / 2, 12)


def find_g_test_p(counts: Mapping[str, int], shares: Mapping[str, float]) -> float | None:
    """Return the p-value of the G-test of counts against shares (log-likelihood ratio, Sokal & Rohlf 1994).

    Null if the test is not defined: there are no rows, or rows of a label without a share.
    """
    rows, whole = sum(counts.values()), sum(shares.values())
    if not rows or any(count and name not in shares for name, count in counts.items()):
        return None
    from scipy.stats import chi2, power_divergence  # takes half a second, and checks before a run need only the above

    expected = [rows * share / whole for share in shares.values()]
    statistic, _ = power_divergence([counts.get(name, 0) for name in shares], expected, lambda_="log-likelihood")
    # If counts match the shares exactly, rounding can leave a statistic just below 0, which has no p-value.
    return float(chi2.sf(max(statistic, 0), len(shares) - 1))
