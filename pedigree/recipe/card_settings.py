"""Settings of the dataset card: title, licence, intended use, limits and contact."""

from difflib import get_close_matches

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.strict_model import StrictModel

# Licence ids of the Hugging Face hub, with the SPDX id if there is one.
LICENSES = {
    "unknown": None, "other": None, "afl-3.0": "AFL-3.0", "agpl-3.0": "AGPL-3.0-only", "apache-2.0": "Apache-2.0",
    "artistic-2.0": "Artistic-2.0", "bsd": None, "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause-clear": "BSD-3-Clause-Clear", "bsl-1.0": "BSL-1.0", "c-uda": "C-UDA-1.0", "cc": None,
    "cc0-1.0": "CC0-1.0", "cc-by-2.0": "CC-BY-2.0", "cc-by-2.5": "CC-BY-2.5", "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0", "cc-by-sa-3.0": "CC-BY-SA-3.0", "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc-by-nc-2.0": "CC-BY-NC-2.0", "cc-by-nc-3.0": "CC-BY-NC-3.0", "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nd-4.0": "CC-BY-ND-4.0", "cc-by-nc-nd-3.0": "CC-BY-NC-ND-3.0", "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
    "cc-by-nc-sa-2.0": "CC-BY-NC-SA-2.0", "cc-by-nc-sa-3.0": "CC-BY-NC-SA-3.0", "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0", "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0", "ecl-2.0": "ECL-2.0", "epl-1.0": "EPL-1.0", "epl-2.0": "EPL-2.0",
    "etalab-2.0": "etalab-2.0", "eupl-1.1": "EUPL-1.1", "eupl-1.2": "EUPL-1.2", "gfdl": None, "gpl": None,
    "gpl-2.0": "GPL-2.0-only", "gpl-3.0": "GPL-3.0-only", "isc": "ISC", "lgpl": None, "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only", "lppl-1.3c": "LPPL-1.3c", "mit": "MIT", "mpl-2.0": "MPL-2.0", "ms-pl": "MS-PL",
    "ncsa": "NCSA", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "ofl-1.1": "OFL-1.1", "openrail": None,
    "osl-3.0": "OSL-3.0", "pddl": "PDDL-1.0", "postgresql": "PostgreSQL", "unlicense": "Unlicense", "wtfpl": "WTFPL",
    "zlib": "Zlib",
}  # fmt: skip


class CardSettings(StrictModel):
    """What the card says that only the dataset's authors know; it affects no prompt and no row."""

    title: str = Field(default="", max_length=200, description="Name for people; the dataset's name if left out.")
    license: str = Field(default="unknown", description="Licence id as the Hugging Face hub lists them: cc-by-4.0, ...")
    license_name: str = Field(default="", max_length=200, description="Name of a licence that is 'other'.")
    license_link: str = Field(default="", max_length=500, description="Where the text of a licence 'other' stands.")
    intended_use: str = Field(default="", max_length=5000, description="What the dataset is for, and what not.")
    limits: list[str] = Field(default=[], max_length=50, description="Known limits, a sentence or two each.")
    contact: str = Field(default="", max_length=500, description="Whom to ask.")

    @property
    def license_url(self) -> str | None:
        """Return the URL of the licence's text; None if it is not known."""
        spdx = LICENSES[self.license]
        return f"https://spdx.org/licenses/{spdx}.html" if spdx else self.license_link or None

    @field_validator("license")
    @classmethod
    def _license_is_listed(cls, value):
        if value not in LICENSES:
            near = get_close_matches(value.casefold().replace(" ", "-"), LICENSES, n=3, cutoff=0.5)
            instead = f"such as {', '.join(near)}" if near else "apache-2.0, cc-by-4.0, cc0-1.0, mit, ..."
            raise ValueError(
                f"{value[:80]!r} is no licence id that the Hugging Face hub lists: {instead}; "
                "or 'other' with a license_name, or 'unknown'"
            )
        return value

    @field_validator("license_link")
    @classmethod
    def _link_is_an_address(cls, value):
        if value and (not value.startswith("https://") or any(sign in " <>()\"'`\\" or sign < " " for sign in value)):
            raise ValueError(f"{value[:80]!r} is no address: it begins with https:// and holds no spaces or quotes")
        return value

    @model_validator(mode="after")
    def _other_licence_has_a_name(self):
        if (self.license == "other") != bool(self.license_name):
            raise ValueError("license_name goes with license: other, and only with that")
        if self.license_link and self.license != "other":
            raise ValueError(f"license_link goes with license: other; where {self.license} stands is known")
        return self
