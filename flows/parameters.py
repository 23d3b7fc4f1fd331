"""Types of the flow parameters: Prefect draws a form from them and validates what people enter."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from pedigree.errors import WorkspaceError
from pedigree.workspace import find_workspace

MAX_ROWS = 10_000_000
MAX_USD = 100_000
MAX_FILL = 1_000_000


class RecipeChoices:
    """Shows a name as a list of choices: the recipes that exist when the form is written (``update_forms``).

    Only the form is limited to these: a run accepts any recipe that exists when it starts.
    """

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON schema of a string that is one of the recipe names."""
        names = list_recipes()
        return {**handler(core), **({"enum": names} if names else {})}


def list_recipes() -> list[str]:
    """Return the sorted recipe names of the current workspace; an empty list outside a workspace."""
    try:
        return sorted(path.stem for path in (find_workspace().root / "recipes").glob("*.yaml"))
    except WorkspaceError:
        return []


RecipeName = Annotated[str, RecipeChoices()]
RowsWanted = Annotated[int, Field(ge=0, le=MAX_ROWS)]
MoreRows = Annotated[int, Field(ge=1, le=100_000)]
ModelName = Annotated[str, Field(max_length=300, examples=["openai/gpt-4o-mini", "ollama/llama3.2"])]
ModelNames = Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=20)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=20)]
Usd = Annotated[float, Field(ge=0, le=MAX_USD)]
Branch = Annotated[str, Field(max_length=200)]
VersionName = Annotated[str, Field(max_length=200, examples=["latest", "v1.2.0"])]
RealFile = Annotated[str, Field(max_length=1000, examples=["data/seeds/support-tickets/real.jsonl"])]
FillTo = Annotated[int, Field(ge=0, le=MAX_FILL)]
FilledLabels = Literal["", "every", "rare"]
HeldOutFile = Annotated[str, Field(max_length=1000, examples=["data/seeds/support-tickets/held-out.jsonl"])]
EmbedderField = Annotated[str, Field(max_length=300, examples=["model2vec/minishlab/potion-base-8M"])]
BaselinesField = Annotated[str, Field(max_length=100, examples=["all", "copula,smote"])]
EncoderField = Annotated[str, Field(max_length=300, examples=["models/all-MiniLM-L6-v2", "bert-base-uncased"])]
