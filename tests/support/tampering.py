"""A scene: a published version whose files are changed, as a forger would, and put right again."""

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
from ruamel.yaml import YAML

from pedigree.dataset.schemas import content_sha256, write_table
from pedigree.ids import sha256_of_file
from tests.support.repository import Household

NAME = "support-tickets"
DATA = f"data/{NAME}"


class Scene:
    """A published version in a working folder, to change and to put right again."""

    def __init__(self, house: Household):
        self.root = house.root
        self._before: dict[str, bytes] = {}

    def write(self, path: str, data: bytes) -> None:
        """Replace a file; never in place, as DVC's cache may share its bytes."""
        file = self.root / path
        self._before.setdefault(path, file.read_bytes())
        file.unlink()
        file.write_bytes(data)

    def restore(self) -> None:
        """Put every file right again."""
        for path, data in self._before.items():
            (self.root / path).unlink(missing_ok=True)
            (self.root / path).write_bytes(data)
        self._before.clear()

    def table(self, name: str) -> pl.DataFrame:
        """Return a table."""
        return pl.read_parquet(self.root / f"{DATA}/{name}.parquet", memory_map=False)

    def write_table(self, name: str, frame: pl.DataFrame, cunning: bool) -> None:
        """Write a table; cunningly, let manifest and dvc.lock say so."""
        path = f"{DATA}/{name}.parquet"
        self.write(path, (self.root / path).read_bytes())
        write_table(frame, self.root / path)
        if cunning:
            facts = {"rows": frame.height, "content_sha256": content_sha256(frame, name)}
            self.write_manifest(lambda manifest: manifest["tables"].update({name: facts}))
            self.fix_lock(path)

    def write_manifest(self, change: Callable[[dict], Any], cunning: bool = True) -> None:
        """Change the manifest; cunningly, let dvc.lock say so."""
        manifest = self.load("manifest")
        change(manifest)
        self.write_json("manifest", manifest, cunning)

    def load(self, name: str) -> Any:
        """Return what a result file says."""
        return json.loads((self.root / f"{DATA}/{name}.json").read_text())

    def write_json(self, name: str, value: Any, cunning: bool) -> None:
        """Write a result file; cunningly, let dvc.lock say so."""
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        self.write(f"{DATA}/{name}.json", text.encode())
        if cunning:
            self.fix_lock(f"{DATA}/{name}.json")

    def write_input(self, path: str, data: bytes, cunning: bool) -> None:
        """Write a file that a run reads; cunningly, let the manifest say so."""
        self.write(path, data)
        if cunning:
            sha256 = sha256_of_file(self.root / path)
            self.write_manifest(lambda manifest: manifest["inputs"].update({path: sha256}))

    def fix_lock(self, path: str) -> None:
        """Let dvc.lock name a file by the md5 that it has."""
        data = (self.root / path).read_bytes()

        def fix(stages):
            for stage in stages.values():
                for part in [*stage["deps"], *stage["outs"]]:
                    if part["path"] == path:
                        part |= {"md5": hashlib.md5(data).hexdigest(), "size": len(data)}

        self.write_lock(fix)

    def write_lock(self, change: Callable[[dict], Any]) -> None:
        """Change the stages of dvc.lock."""
        yaml, out = YAML(), io.StringIO()
        tree = yaml.load((self.root / "dvc.lock").read_text())
        change(tree["stages"])
        yaml.dump(tree, out)
        self.write("dvc.lock", out.getvalue().encode())
