"""Describes the lineage of a published version as W3C PROV (the PROV-DM recommendation of 2013).

An entity is named by its commit and its path there, ``v:data/pets/train.parquet``. The activities are the stages of
dvc.lock, which records what each of them read and wrote. Single rows are not in it: 'pedigree trace' shows those.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from prov.model import PROV, ProvDocument, ProvRecord

from pedigree.dataset.output_files import CURATED
from pedigree.dataset.results import TableFacts
from pedigree.errors import LinkError
from pedigree.system import git
from pedigree.system.dvc_files import LOCK, read_stages
from pedigree.versions.snapshots import list_code, list_outputs
from pedigree.versions.version_reader import VersionReader

Format = Literal["json", "provn"]
PROGRAM = "agent:software/pedigree"
RUN_FACTS = {"flow_run_id", "python", "platform"}
PAID = {"calls": "calls_paid", "tokens": "tokens_paid", "usd": "usd_paid"}


def describe_lineage(version: VersionReader) -> ProvDocument:
    """Return the lineage of a committed version as a PROV document, the same each time.

    Raises LinkError where its dvc.lock or manifest is not as publishing writes it.
    """
    try:
        return _LineageBuilder(version).document
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LinkError(
            f"manifest: {version.name} of {version.dataset} can't be read: {type(error).__name__} {error}",
            expected="manifest.json and run.json as Pedigree writes them",
            hint=f"'pedigree verify {version.dataset} --rev {version.name}' says which link is broken",
        ) from None


def write_lineage(document: ProvDocument, kind: Format) -> str:
    """Return a lineage as PROV-JSON (W3C member submission of 2013) or as PROV-N, which is easier to read."""
    if kind == "provn":
        return document.get_provn() + "\n"
    content = json.loads(document.serialize(format="json") or "{}")
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


class _LineageBuilder:
    """Builds the document of one version."""

    def __init__(self, reader: VersionReader):
        self.reader, self.document = reader, ProvDocument()
        self.folder, self.recipe_path = f"data/{reader.dataset}", f"recipes/{reader.dataset}.yaml"
        lock = reader.read(LOCK) or b""
        self.outputs = list_outputs(lock, reader.dataset)
        self.stages = read_stages(lock.decode("utf-8"), reader.dataset)
        if not self.stages:
            raise LinkError(f"{LOCK}: {reader.name} records no stages of {reader.dataset}")
        self.code = list_code(self.stages.values())
        names = {"ped": "terms", "agent": "agent", "v": reader.commit, "step": f"{reader.commit}:step"}
        for prefix, name in names.items():
            self.document.add_namespace(prefix, f"urn:pedigree:{name}:")
        self._add_inputs()
        self._add_run()
        for name, stage in self.stages.items():
            self._add_step(name.split("@")[0], stage)
        self._add_models()
        self._add_derivations()
        self._add_version()

    def _add_inputs(self) -> None:
        """Add the recipe, the other inputs and the code, which no step made."""
        recipe = {"kind": "recipe", "canonical_sha256": self.reader.manifest["recipe_sha256"]}
        self._add_entity(self.recipe_path, {"prov:type": PROV["Plan"], **recipe})
        for path, sha256 in sorted(self.reader.manifest["inputs"].items()):
            self._add_entity(path, {"kind": self._name_kind(path), "sha256": sha256})
        for path, md5 in sorted(self.code.items()):
            self._add_entity(path, {"kind": "code", "dvc_md5": md5})

    def _add_run(self) -> None:
        """Add the run as a whole, with its times and packages, and the program as an agent."""
        run = self.reader.read_result("run.json")
        times = [
            run[key] and datetime.fromisoformat(run[key]) if key in run else None for key in ("started", "finished")
        ]
        facts = {key: run[key] for key in sorted(RUN_FACTS & set(run))}
        paid = run.get("paid_now") or {}
        facts |= {name: paid[key] for key, name in PAID.items() if key in paid}
        facts |= {f"package_{_quote(name)}": version for name, version in sorted(run.get("packages", {}).items())}
        self.document.activity(
            "step:run", *times, _name_attributes({"label": f"run of {self.reader.dataset}", **facts})
        )
        self._add_agent(PROGRAM, "Pedigree")
        self.document.wasAssociatedWith("step:run", PROGRAM, self._id(self.recipe_path))

    def _add_step(self, step: str, stage: Mapping[str, Any]) -> None:
        """Add a stage of dvc.lock, with what it read and wrote."""
        activity = f"step:{step}"
        self.document.activity(activity, other_attributes=_name_attributes({"label": stage["cmd"]}))
        self.document.wasStartedBy(activity, starter="step:run")
        self.document.wasAssociatedWith(activity, PROGRAM, self._id(self.recipe_path))
        for path in self._list_read(step, [dep["path"] for dep in stage["deps"]]):
            self.document.used(activity, self._id(path))
        for path in sorted(out["path"] for out in stage["outs"]):
            self._add_entity(path, self._describe_output(path))
            self.document.wasGeneratedBy(self._id(path), activity)

    def _list_read(self, step: str, deps: list[str]) -> Iterator[str]:
        """Yield the files that a stage read; for generating, held-out rows are not among them."""
        hidden = {self.reader.recipe.get("held_out")} if step == "generate" else set()
        inputs = sorted(set(self.reader.manifest["inputs"]) - hidden)
        yield self.recipe_path
        for dep in sorted(deps):
            if dep in self.outputs or dep in self.code:
                yield dep
            yield from (path for path in inputs if PurePosixPath(path).is_relative_to(dep))

    def _add_models(self) -> None:
        """Add the requested models, and those that answered on their behalf."""
        for asked, answered in sorted(self.reader.manifest["models"].items()):
            agent = f"agent:model/{_quote(asked)}"
            self._add_agent(agent, asked, completions=sum(answered.values()))
            self.document.wasAssociatedWith("step:generate", agent, self._id(self.recipe_path))
            for name, completions in sorted(answered.items()):
                other = f"{agent}#{_quote(name)}"
                self._add_agent(other, name, completions=completions)
                self.document.actedOnBehalfOf(other, agent, "step:generate")
                self.document.wasAttributedTo(self._id(f"{self.folder}/completions.parquet"), other)

    def _add_agent(self, agent: str, label: str, **facts: Any) -> None:
        known = {"prov:type": PROV["SoftwareAgent"], "label": label, **facts}
        self.document.agent(agent, _name_attributes(known))

    def _add_derivations(self) -> None:
        """Add the chain of a row: template and seeds, prompt, completion (or recording), row or reject."""
        table = {name: self._id(f"{self.folder}/{name}.parquet") for name in self.reader.manifest["tables"]}
        shown = self._list_prompt_inputs()
        for path in sorted(self.reader.manifest["inputs"]):
            if self._name_kind(path) in shown:
                self.document.wasDerivedFrom(table["prompts"], self._id(path), "step:generate")
            elif self._name_kind(path) == "recording":
                self.document.wasDerivedFrom(table["completions"], self._id(path), "step:generate")
        self.document.wasDerivedFrom(table["completions"], table["prompts"], "step:generate")
        real = self.reader.recipe.get("real")
        for name in CURATED:
            self.document.wasDerivedFrom(table[name], table["completions"], "step:curate")
            if real:
                self.document.wasDerivedFrom(table[name], self._id(real), "step:curate")

    def _list_prompt_inputs(self) -> set[str]:
        """Return the kinds of inputs that prompts contain: seeds where a generator shows or rewrites some."""
        seeds = "seeds" if self.reader.recipe.get("seeds") else "real"
        shows = any(
            one.get("shots")
            or one.get("incentives")
            or (one.get("strategy") == "rewrite" and not one.get("corpus"))
            or one.get("strategy") == "failures"
            for one in self.reader.recipe["generators"]
        )
        return {"template", "corpus", "statistics", "triples", "dev", *[seeds] * shows}

    def _add_version(self) -> None:
        """Add the version: the collection of all outputs, and the version that it grew from."""
        reader, manifest = self.reader, self.reader.manifest
        when = datetime.fromisoformat(reader.version.date) if reader.version else None
        rows = sum(sum(splits.values()) for splits in manifest["labels"].values())
        facts = {
            "label": reader.version.tag if reader.version else f"{reader.dataset} at {reader.commit}",
            "kind": "version",
            "commit": reader.commit,
            "rows": rows,
            "labels": len(manifest["labels"]),
            "cost_usd": manifest["cost_usd"],
            "gates_passed": manifest["gates"]["passed"],
            "schema_version": manifest["schema_version"],
        }
        version = self._id(self.folder)
        self.document.collection(version, _name_attributes(facts))
        self.document.activity("step:publish", None, when, _name_attributes({"label": "publish"}))
        self.document.wasStartedBy("step:publish", starter="step:run")
        self.document.wasAssociatedWith("step:publish", PROGRAM)
        self.document.wasGeneratedBy(version, "step:publish", when)
        for path in sorted(self.outputs):
            self.document.used("step:publish", self._id(path))
            self.document.hadMember(version, self._id(path))
        self._add_base(version)

    def _add_base(self, version: str) -> None:
        if tag := self.reader.manifest.get("base"):
            commit = git.resolve(self.reader.workspace.root, f"refs/tags/{tag}")
            self.document.add_namespace("base", f"urn:pedigree:{commit or _quote(tag)}:")
            base = f"base:{self.folder}"
            self.document.entity(base, _name_attributes({"label": tag, "kind": "version", "commit": commit}))
            self.document.wasRevisionOf(version, base)

    def _add_entity(self, path: str, facts: Mapping[str, Any]) -> ProvRecord:
        return self.document.entity(self._id(path), _name_attributes({"label": path, **facts}))

    def _describe_output(self, path: str) -> dict[str, Any]:
        name = PurePosixPath(path).name
        table = self.reader.manifest["tables"].get(name.removesuffix(".parquet")) if name.endswith(".parquet") else None
        facts = TableFacts.model_validate(table).model_dump() if table else {}
        return {"kind": "table" if table else "result", "md5": self.outputs[path], **facts}

    def _name_kind(self, path: str) -> str:
        generators = self.reader.recipe["generators"]
        named = {one.get("corpus"): "corpus" for one in generators}
        named |= {one.get("statistics"): "statistics" for one in generators}
        named |= {(one.get("knowledge") or {}).get("file"): "triples" for one in generators}
        named |= {(one.get("failures") or {}).get("dev"): "dev" for one in generators}
        named |= {self.reader.recipe.get(key): key for key in ("real", "seeds", "held_out", "review")}
        places = {"prompts": "template", "expectations": "suite"}
        return named.get(path) or places.get(PurePosixPath(path).parts[0], "recording")

    def _id(self, path: str) -> str:
        return f"v:{_quote(path)}"


def _name_attributes(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known facts under qualified names; type and label are PROV's own."""
    own = {"label": "prov:label", "prov:type": "prov:type"}
    return {own.get(key, f"ped:{key}"): value for key, value in facts.items() if value is not None}


def _quote(name: str) -> str:
    """Return a name as a local part that PROV-N takes without escapes."""
    return quote(name, safe="/@")
