"""Is a claim true? Evidence from others, another robot sent to look, the gate; a person where that is not enough."""

from __future__ import annotations

from dataclasses import replace

from fleet.escalation import questions
from fleet.escalation.deciding import carry_out, decide_or_ask, rule
from fleet.model import events as ev
from fleet.model.evidence import Claim, Verdict, Verification
from fleet.model.ruling import Choice, Ruled
from fleet.model.severity import Severity
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.learning import CLAIM_CLASS, distrust, honesty_of
from fleet.supervisor.looking import give_up_look, is_look, send_to_look
from fleet.supervisor.recovery import NOT_BELIEVED, recover
from fleet.verification.judge import Evidence, concluded, judge, unverified, verdict, weigh
from fleet.verification.postconditions import beside_the_point, postcondition_of, sensors_that_cover
from fleet.verification.posterior import likely

DONE, NOT_DONE = 0, 1
_SEEN_LATE_S = 1.0
_LOSS_S = 300.0  # of a person's time, when what was not done counts as done: somebody finds out, looks, and asks again
_HURRY_S = 30.0  # what waiting for an answer costs a task that has a deadline
_MOST_LAG_S = 10.0
_FRESH_S = 3.0
_MOST_SOURCES = 3


def check_claim(draft: Draft, task: Task) -> None:
    """Come to a conclusion about the claim of a task that is being verified, if that is possible now."""
    claim = draft.state.claims[str(task.claim_id)]
    if claim.claim_id in draft.state.verifications:
        return
    condition = postcondition_of(claim)
    if is_look(task):
        _end_look(draft, task, claim)
    elif beside := beside_the_point(claim, task.command_parameters):
        found = verdict(claim, Verdict.CONTRADICTED, beside, (), draft.now_s)
        _decide(draft, task, claim, Evidence(), found, (beside,))
    elif condition is not None and condition.changes_nothing:
        because = f"{claim.skill} changes nothing that could be seen"
        _decide(draft, task, claim, Evidence(), verdict(claim, Verdict.CONFIRMED, because, (), draft.now_s), ())
    else:
        _on_evidence(draft, task, claim)


def _on_evidence(draft: Draft, task: Task, claim: Claim) -> None:
    evidence, settings = _evidence(draft, claim), draft.context.settings
    found, waited = concluded(claim, evidence, draft.now_s), draft.waited_s(task.changed_at_s)
    if evidence.against:
        assert found is not None, "there is evidence"
        _decide(draft, task, claim, evidence, found, evidence.conflicts)
        return
    if found is not None and _fresh(draft, evidence):
        ruled = rule(draft, _choice(draft, task, claim, evidence, found, ()), _subject(task, claim))
        if ruled.ruling.act or ruled.choice.reserved:
            _carry_out(draft, task, claim, found, ruled)
            return
    # Nothing was seen yet, or not enough to be sure: another pair of eyes before a person is asked.
    if _somebody_looks(draft, task, claim, waited) or waited <= settings.verify_within_s:
        return
    if found is None:
        found = unverified(claim, draft.now_s, round(waited, 1))
        _decide(draft, task, claim, evidence, found, (f"nobody but {claim.robot_id} saw it",))
        return
    ruled = rule(draft, _choice(draft, task, claim, evidence, found, ()), _subject(task, claim))
    if not ruled.ruling.act:
        because = f"{found.because}, and nothing else speaks for it"
        found = replace(found, verdict=Verdict.UNVERIFIED, because=because)
    _carry_out(draft, task, claim, found, ruled)


def _fresh(draft: Draft, evidence: Evidence) -> bool:
    """Whether some of it is new: what was not enough before does not become so by waiting. New beside what else was
    seen lately, and not beside the fleet's clock, which may have been set."""
    newest_s = max(o.observed_at_s for o in draft.state.observations.values())
    return any(newest_s - w.observation.observed_at_s < _FRESH_S for w in evidence.all)


def ask_anew(draft: Draft, task: Task) -> None:
    """Put the question about a task's claim again: it was doubtful once, so that only a person settles it."""
    claim = draft.state.claims[str(task.claim_id)]
    found = draft.state.verifications[claim.claim_id]
    evidence = _evidence(draft, claim)
    choice = _choice(draft, task, claim, evidence, found, evidence.conflicts or (found.because,))

    def act(chosen: int) -> None:
        raise AssertionError(f"acted on option {chosen} although sources disagree")

    decide_or_ask(
        draft,
        choice,
        _subject(task, claim),
        act=act,
        ask=lambda ruled: questions.claim_not_confirmed(draft, task, found, ruled),
    )


def _evidence(draft: Draft, claim: Claim) -> Evidence:
    settings = draft.context.settings
    task = draft.state.tasks.get(claim.task_id)
    partners = {m.robot_id for m in task.members} if task is not None else set()
    seen = [o for o in draft.state.observations.values() if o.source not in partners]  # they claim it too
    return weigh(
        claim,
        seen,
        draft.context.site,
        skew_s=settings.evidence_skew_s,
        tolerance_m=settings.place_tolerance_m,
    )


def _decide(
    draft: Draft, task: Task, claim: Claim, evidence: Evidence, found: Verification, conflicts: tuple[str, ...]
) -> None:
    choice = _choice(draft, task, claim, evidence, found, conflicts)
    _carry_out(draft, task, claim, found, rule(draft, choice, _subject(task, claim)))


def _carry_out(draft: Draft, task: Task, claim: Claim, found: Verification, ruled: Ruled) -> None:
    found = replace(found, likely=ruled.choice.scores[DONE])

    def act(chosen: int) -> None:
        if chosen == DONE:
            _checked(draft, task, replace(found, verdict=Verdict.CONFIRMED))
            draft.change(task, TaskState.DONE, found.because)
            return
        _checked(draft, task, replace(found, verdict=Verdict.CONTRADICTED))
        because = f"{claim.robot_id} says that it is done, which is not to be believed ({found.because})"
        recover(draft, task, because, retriable=False, command_over=True, reason=NOT_BELIEVED)

    def ask(asked: Ruled) -> str:
        _checked(draft, task, found)
        return questions.claim_not_confirmed(draft, task, found, asked)

    carry_out(draft, ruled, act=act, ask=ask)


def _checked(draft: Draft, task: Task, found: Verification) -> None:
    """Of a team every member has claimed it; what is found is found of all their claims."""
    draft.emit(ev.ClaimChecked(verification=found))
    for member in task.members:
        if member.claim_id not in (None, found.claim_id):
            draft.emit(ev.ClaimChecked(verification=replace(found, claim_id=str(member.claim_id))))


def _subject(task: Task, claim: Claim) -> dict[str, str]:
    subject = {"task": task.task_id, "robot": claim.robot_id, "claim": claim.claim_id, "command": claim.command_id}
    subject |= {"mission": task.mission_id, "skill": claim.skill}
    wanted = task.grounded.get("object")
    return {**subject, "object": wanted} if isinstance(wanted, str) else subject


def _choice(
    draft: Draft,
    task: Task,
    claim: Claim,
    evidence: Evidence,
    found: Verification,
    conflicts: tuple[str, ...],
) -> Choice:
    condition = postcondition_of(claim)
    at_stake = condition is None or not condition.changes_nothing
    p = likely(claim, evidence, lambda r, s: honesty_of(draft.state, r, s)) if at_stake else 0.999
    settled = found.verdict is Verdict.CONTRADICTED
    return Choice(
        decision_class=CLAIM_CLASS,
        severity=Severity.MEDIUM if at_stake else Severity.LOW,
        options=("it is done", "it is not done"),
        scores=(p, 1.0 - p),
        features=_features(draft, task, claim, evidence),
        conflicts=conflicts,
        loss_if_wrong=_LOSS_S if at_stake else 0.0,
        delay_cost=_HURRY_S if task.spec.deadline_s is not None else 0.0,
        proof=found.because if found.verdict is Verdict.CONFIRMED else "",
        answers=(("accept",), ("redo_other", "redo_same") if settled else ()),
    )


def _features(draft: Draft, task: Task, claim: Claim, evidence: Evidence) -> tuple[float, ...]:
    """Sources for and against, the best of their confidences, how many whole s after the claim the newest was seen, how
    much less the robot is to be trusted than a stranger, whether only robots saw it. Bounded: a long shift is not a
    strange one, and nor is a claim that was made while no supervisor was there to hear it."""
    seen = [w.observation for w in evidence.all]
    newest_s = max((o.observed_at_s for o in seen), default=claim.claimed_at_s)
    heard_late = draft.state.started_at_s > claim.claimed_at_s
    lag_s = newest_s - (max(draft.state.started_at_s, task.changed_at_s) if heard_late else claim.claimed_at_s)
    return (
        float(min(len(evidence.for_it), _MOST_SOURCES)),
        float(min(len(evidence.against), _MOST_SOURCES)),
        round(max((w.confidence for w in evidence.all if w.confidence is not None), default=0.0), 3),
        float(int(min(max(lag_s, 0.0), _MOST_LAG_S))),
        round(distrust(honesty_of(draft.state, claim.robot_id, claim.skill)), 3),
        float(bool(seen) and all(o.source_kind == "robot" for o in seen)),
    )


def _end_look(draft: Draft, task: Task, claim: Claim) -> None:
    """A look is over when the robot says so. Nothing is decided by that: what it saw counts, not what it claims."""
    settings = draft.context.settings
    found = judge(
        claim,
        draft.state.observations.values(),
        draft.context.site,
        draft.now_s,
        skew_s=settings.evidence_skew_s,
        tolerance_m=settings.place_tolerance_m,
    )
    waited = draft.waited_s(task.changed_at_s)
    if found is None and waited > settings.verify_within_s:
        found = unverified(claim, draft.now_s, round(waited, 1))
    if found is None:
        return
    draft.emit(ev.ClaimChecked(verification=found))
    if found.verdict is Verdict.CONTRADICTED:
        draft.change(task, TaskState.FAILED, found.because, forget_robot=True)
    else:
        draft.change(task, TaskState.DONE, found.because)


def _somebody_looks(draft: Draft, task: Task, claim: Claim, waited: float) -> bool:
    """Another robot is sent to look: at once where no sensor of the site sees it, else half-way to asking a person.
    Returns whether one is under way."""
    settings, site = draft.context.settings, draft.context.site
    in_view = not site.cameras or sensors_that_cover(claim, site)
    if in_view and waited < settings.verify_within_s / 2:
        return False
    look = send_to_look(draft, task, claim)
    if look is None:
        return False
    if look.state.terminal:  # what it saw may come a moment later than that it has looked
        return draft.now_s - look.changed_at_s < _SEEN_LATE_S
    if waited < settings.look_within_s:
        return True
    give_up_look(draft, look)
    return False
