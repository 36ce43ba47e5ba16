"""The words of the product as types: shared by every stage, imports nothing of ours."""

from importer.model.batches import Batch, ForgottenCounts
from importer.model.cells import CellKind, Rows, Source
from importer.model.group_states import GroupState
from importer.model.groups import (
    MADE_TWICE,
    MAY_BE_TWICE,
    Decision,
    Group,
    GroupRecord,
    Known,
    Transition,
)
from importer.model.lists import (
    ListBatch,
    ListRole,
    ListStep,
    StepKind,
    StepState,
    StepTransition,
)
from importer.model.number_statuses import Status, Tally
from importer.model.pace import Departures
from importer.model.reject_reasons import Reason
from importer.model.runs import Runner, RunRecord

__all__ = [
    "MADE_TWICE",
    "MAY_BE_TWICE",
    "Batch",
    "CellKind",
    "Decision",
    "Departures",
    "ForgottenCounts",
    "Group",
    "GroupRecord",
    "GroupState",
    "Known",
    "ListBatch",
    "ListRole",
    "ListStep",
    "Reason",
    "Rows",
    "RunRecord",
    "Runner",
    "Source",
    "Status",
    "StepKind",
    "StepState",
    "StepTransition",
    "Tally",
    "Transition",
]
