"""What the accountable record leaves to the journal: reports, and the fleet's own small steps.

Everything else is on record, kinds of events that this list has never heard of among them. The journal keeps the rest,
and each record names the journal's checksum at its place, so the record vouches for the whole journal up to there.
"""

from __future__ import annotations

ROUTINE = frozenset(
    {
        "RobotDescribed",
        "RobotReported",
        "ContactLost",
        "ContactRegained",
        "CommandReported",
        "ObservationMade",
        "ObjectFound",
        "MissionEnded",
        "TaskGrounded",
        "TaskProgressed",
        "TaskAssigned",
        "CommandCancelled",
        "ClaimChecked",
        "LevelMoved",
        "PeopleSeen",
        "ReportTrusted",
        "RobotSeenElsewhere",
        "RobotSeenInPlace",
        "GroupClosed",
        "OutageAsked",
        "OutageGrew",
        "TaskYields",
        "UnknownReported",
    }
)
"""Kinds of events that make no record."""

OF_THE_QUESTION = frozenset(
    {
        "OptionsPreviewed",
        "QuestionBlinded",
        "ChoiceCommitted",
        "EvidenceLooked",
        "CanaryPlanted",
        "StandingOrdersWeighed",
    }
)
"""Kinds that are told with the decision of the question that they are about, besides all that begin with
`Escalation`."""

HIDDEN = frozenset({"CanaryPlanted"})
"""Kinds that nobody may read before the question is answered: never a record of their own."""

SETTLED_ELSEWHERE = frozenset(
    {
        "SubmitMission",
        "AcknowledgeEscalation",
        "AnswerEscalation",
        "SetHold",
        "TakeLease",
        "ReturnLease",
        "ReportRecovered",
        "ReviewRuling",
        "PreviewOptions",
        "DelegateEscalation",
        "ShelveEscalation",
        "UnshelveEscalation",
        "SetMaintenance",
        "EndMaintenance",
        "CloseWay",
        "OpenWay",
        "RegisterKey",
        "RevokeKey",
        "GiveInstruction",
        "MakeStandingOrder",
        "RevokeStandingOrder",
        "CommitChoice",
        "ReportLooked",
        "SeeOversight",
    }
)
"""Requests that, once accepted, are on record by the event they lead to. Refused ones are always on record."""
