"""The reducer of texts: what volunteers wrote, aligned word by word."""

from __future__ import annotations

from swath.panoptes.reduce.alignment import align, consensus
from swath.panoptes.reduce.model import Group, Reducer, Reduction


def reduce_text(group: Group, *, compat: bool = False) -> Reduction:
    """Align the texts of a group and find the reading that most agree on; no text gives nothing.

    With ``compat`` a text that is null is the word None, as at panoptes_aggregation 5.3.1.
    """
    told = [extract.get("text", "") for extract in group.extracts]
    texts = [str(text) if compat or text is not None else "" for text in told]
    there = [number for number, text in enumerate(texts) if text.strip()]
    if not there:
        return {}
    columns = align([texts[number] for number in there])
    score, text = consensus(columns)
    return {
        "aligned_text": columns,
        "number_views": len(there),
        "consensus_score": score,
        "consensus_text": text,
        "gold_standard": [group.extracts[number].get("gold_standard", False) for number in there],
        "user_ids": [group.user_ids[number] for number in there],
    }


REDUCERS = (Reducer("text_reducer", "Aligns texts word by word, with the reading that most agree on", reduce_text),)
