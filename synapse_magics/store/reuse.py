"""Whether an earlier result stands for a step, and why or why not.

Asked before a submit, to say what would happen, and by the agent, when a step is ready. Both give
the same answer, because it depends on nothing but the store, the snapshot and the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_magics.store import reasons, step_fingerprints
from synapse_magics.store.file_hashes import loss, output_changes
from synapse_magics.store.fingerprint import DatasetFiles, Fingerprint
from synapse_magics.store.reasons import Asked
from synapse_magics.store.specs import InputIdentity
from synapse_magics.store.step_fingerprints import Producer, Stored, stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import PipelineSpec, StepSpec
    from synapse_magics.store.store import Store


_CANDIDATES = {
    InputIdentity.CONTENT: (
        "SELECT run_id FROM fingerprints JOIN runs ON id = run_id"
        " WHERE reusable AND content = ? AND status = 'Completed' AND root_id IS NOT ?"
        " ORDER BY ended DESC LIMIT 20"
    ),
    InputIdentity.DEFINITION: (
        "SELECT run_id FROM fingerprints JOIN runs ON id = run_id"
        " WHERE reusable AND definition = ? AND status = 'Completed' AND root_id IS NOT ?"
        " ORDER BY ended DESC LIMIT 20"
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What becomes of a step: an earlier result is reused, or it runs, because of something.

    ``sources`` are the step runs that made its inputs, by input; None for one yet to be made.
    ``compared`` is the earlier step run that it was compared with. ``lost`` tells that it can do
    neither, because the result that it was to keep is not there.
    """

    because: tuple[str, ...]
    fingerprint: Fingerprint | None = None
    reused: RunRecord | None = None
    sources: Mapping[str, str | None] = field(default_factory=dict)
    compared: RunRecord | None = None
    lost: bool = False

    @property
    def text(self) -> str:
        """The verdict in words: ``reused from run 3f2a91c0``, or ``runs, because: ...``."""
        words = "; ".join(self.because)
        if self.lost:
            return f"cannot start: {words}"
        return words if self.reused is not None else f"runs, because: {words}"


def judge(
    store: Store,
    spec: StepSpec,
    pipeline: PipelineSpec,
    producers: Mapping[str, Producer],
    *,
    experiment: str,
    root_id: str | None = None,
    files: Mapping[str, bytes] | None = None,
    known: dict[str, DatasetFiles] | None = None,
) -> Verdict:
    """Decide whether an earlier result stands for a step.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    pipeline : PipelineSpec
        The parameters in force, and what tells inputs apart.
    producers : mapping
        The steps that make its inputs, by node.
    experiment : str
        Whose runs a step is compared with first.
    root_id : str, optional
        The pipeline run that it belongs to, whose other steps are no earlier result.
    files : mapping, optional
        The sources, if they are not in the store yet.
    known : dict, optional
        What lies behind datasets, by id, as far as that was found for other steps; added to.

    Returns
    -------
    Verdict
    """
    asked = Asked(store, spec, producers, root_id, files)
    found = step_fingerprints.take(
        store,
        spec,
        pipeline.parameters,
        producers,
        files,
        look=pipeline.input_identity is InputIdentity.CONTENT,
        known=known,
    )
    taken, missing = (found, ()) if isinstance(found, Fingerprint) else (None, found)
    if spec.keep is not None:
        return _kept(asked, taken)
    latest = reasons.latest(asked, experiment)
    verdict = Verdict((), taken, sources=asked.sources, compared=latest)
    forced = _forced(spec, pipeline)
    if forced:
        return replace(verdict, because=(forced,))
    if taken is None:
        return replace(verdict, because=missing)
    obstacles: list[str] = []
    if None not in asked.sources.values():
        for run, before in _candidates(store, taken, pipeline.input_identity, root_id):
            obstacle = _obstacle(asked, run, before)
            if not obstacle:
                words = f"reused from run {run.root_id[:8]}"
                return replace(verdict, because=(words,), reused=run, compared=run)
            obstacles.append(obstacle)
    because = obstacles[:1] or _differences(asked, taken, latest, pipeline.input_identity)
    return replace(verdict, because=tuple(because) or ("it has not completed before",))


def _differences(
    asked: Asked, taken: Fingerprint, latest: RunRecord | None, identity: InputIdentity
) -> list[str]:
    known = None if latest is None else stored(asked.store, latest.id)
    if latest is None or known is None:
        return reasons.lineage(asked, {}, None)
    lineage = reasons.lineage(asked, known.sources, latest)
    if known.fingerprint.by(identity) == taken.by(identity):
        shown = stored(asked.store, latest.content_id)
        return lineage or reasons.not_reusable(shown or known, latest)
    content = identity is InputIdentity.CONTENT
    return reasons.changes(asked, latest, known.fingerprint, taken, content=content) + lineage


def _kept(asked: Asked, taken: Fingerprint | None) -> Verdict:
    store, spec = asked.store, asked.spec
    run = store.runs.get(str(spec.keep))
    verdict = Verdict((), taken, sources=asked.sources)
    if run is None:
        words = f"run {str(spec.keep)[:8]}, which was to be kept, is gone"
        return replace(verdict, because=(words,), lost=True)
    earlier = run.root_id[:8]
    outputs = {output.name: output for output in store.records.outputs(run.id)}
    for output in spec.outputs:
        if output.name not in outputs:
            words = f"run {earlier}, which was to be kept, has no output {output.name}"
            return replace(verdict, because=(words,), lost=True)
    for record in outputs.values():
        what = loss(store, record)
        if what:
            words = f"output {record.name} of run {earlier}, which was to be kept, {what}"
            return replace(verdict, because=(words,), lost=True)
    because = [f"kept from run {earlier}"]
    known = stored(store, run.id)
    if known is None:
        return replace(verdict, because=tuple(because), reused=run, compared=run)
    before = known.fingerprint
    if taken is not None:
        # What it read may be left out of this run; it is what it was, then.
        inputs = {**before.parts["inputs"], **taken.parts["inputs"]}
        now = replace(taken, parts={**taken.parts, "inputs": inputs})
        because += [f"although {item}" for item in reasons.changes(asked, run, before, now)]
    return replace(verdict, because=tuple(because), fingerprint=before, reused=run, compared=run)


def _forced(spec: StepSpec, pipeline: PipelineSpec) -> str:
    if spec.must_run:
        return spec.must_run
    if pipeline.regenerate_outputs:
        return "all outputs are generated anew"
    return "" if spec.allow_reuse else "its results are never reused"


def _candidates(
    store: Store, taken: Fingerprint, identity: InputIdentity, root_id: str | None
) -> Iterator[tuple[RunRecord, Stored]]:
    rows = store.database.rows(_CANDIDATES[identity], (taken.by(identity), root_id))
    for row in rows:
        run, known = store.runs.get(row["run_id"]), stored(store, row["run_id"])
        if run is not None and known is not None:
            yield run, known


def _obstacle(asked: Asked, run: RunRecord, known: Stored) -> str:
    for reason in reasons.lineage(asked, known.sources, run):
        return reason
    for output in asked.store.records.outputs(run.id):
        what = output_changes(asked.store, output)
        if what:
            return f"output {output.name} of run {run.root_id[:8]} {what}"
    return ""


def write(connection: sqlite3.Connection, run_id: str, verdict: Verdict) -> None:
    """Store a verdict with a step run, inside a transaction that is already open.

    Parameters
    ----------
    connection : sqlite3.Connection
    run_id : str
    verdict : Verdict
    """
    connection.execute(
        "UPDATE runs SET because = ? WHERE id = ?", ("\n".join(verdict.because), run_id)
    )
    if verdict.fingerprint is None:
        # An attempt before this one may have had one.
        connection.execute("DELETE FROM fingerprints WHERE run_id = ?", (run_id,))
    else:
        step_fingerprints.write(connection, run_id, verdict.fingerprint, verdict.sources)


def plan(
    store: Store,
    steps: Iterable[StepSpec],
    pipeline: PipelineSpec,
    *,
    experiment: str,
    root_id: str | None = None,
    files: Mapping[str, Mapping[str, bytes]] | None = None,
) -> dict[str, Verdict]:
    """Say of every step of a pipeline what would become of it.

    Parameters
    ----------
    store : Store
    steps : iterable of StepSpec
        Each after those that make its inputs.
    pipeline : PipelineSpec
    experiment : str
    root_id : str, optional
        The pipeline run, if it was submitted already.
    files : mapping, optional
        The sources by node, if they are not in the store yet.

    Returns
    -------
    dict
        By node.
    """
    producers: dict[str, Producer] = {}
    verdicts: dict[str, Verdict] = {}
    known: dict[str, DatasetFiles] = {}
    for spec in steps:
        verdict = judge(
            store,
            spec,
            pipeline,
            producers,
            experiment=experiment,
            root_id=root_id,
            files=None if files is None else files[spec.node],
            known=known,
        )
        source = None if verdict.reused is None else verdict.reused.content_id
        producers[spec.node] = Producer(spec.name, verdict.fingerprint, source)
        verdicts[spec.node] = verdict
    return verdicts
