"""Which reducers reduce all groups of a bucket at once."""

from __future__ import annotations

from swath.panoptes.reduce.fast_counting import count_consensus, count_votes
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.plain import Reductions
from swath.panoptes.reduce.wrapper import PreparedReducer


def reduce_fast(reducer: PreparedReducer, groups: Groups) -> Reductions | None:
    """Reduce all groups at once; None where the reducer, its keywords or the extracts need each group by itself."""
    plain_votes = not reducer.keywords.get("pairs") and not reducer.keywords.get("track_user_ids")
    if reducer.name in ("question_reducer", "shortcut_reducer") and plain_votes:
        return count_votes(groups)
    if reducer.name == "question_consensus_reducer" and plain_votes:
        return count_consensus(groups)
    return None
