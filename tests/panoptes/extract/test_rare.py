"""Extractors of single projects: what their conformance cases leave open."""

import pytest

from swath.errors import UsageError
from swath.panoptes.extract.annotations import classification_of
from swath.panoptes.extract.model import ExtractError
from swath.panoptes.extract.paths import sample_curve
from swath.panoptes.extract.run import prepare
from swath.panoptes.flat import flatten


def extracted(name, annotations, keywords=None, metadata=None, **others):
    return prepare(name, keywords or {}).extract(classification_of(annotations, metadata or {}, **others))


@pytest.mark.parametrize(("created", "badge"), [
    ("2019-04-22T23:30:00.000Z", {"earth_day": True}), ("2019-04-21T23:30:00.000Z", {}),
    ("2019-04-22 23:30:00 UTC", {"earth_day": True}),
    ("2020-10-18T23:30:00.000Z", {"we_dig_bio": 2020}), ("2020-10-14T23:30:00.000Z", {}),
])  # fmt: skip
def test_the_day_of_an_event_is_that_of_utc_whatever_the_hour_of_the_user(created, badge):
    said = [{"task": "T0", "value": "1894"}]
    (found,) = extracted("nfn_extractor", said, metadata={"utc_offset": "21600"}, created_at=created,
                         subject={"metadata": {}})  # fmt: skip
    assert found == {"time": "earlybird", **badge}


@pytest.mark.parametrize(("known", "asked", "decade"), [
    ({"Year": "1876"}, "1894", "70s"), ({}, 1894, "90s"), ({}, "189?", "90s"), ({}, "[unclear]", None),
    ({}, None, None),
])  # fmt: skip
def test_the_year_that_the_subject_tells_goes_before_the_one_that_was_read(known, asked, decade):
    (found,) = extracted("nfn_extractor", [{"task": "T4", "value": asked}], {"year": "T4"}, {"utc_offset": "0"},
                         created_at="2019-01-01T05:00:00.000Z", subject={"metadata": known})  # fmt: skip
    assert found.get("decade") == decade


def test_the_name_of_a_galaxy_may_have_dots():
    about = {"RA": "1", "Dec": "2", "URL": "u", "#Published_Redshift": "0.1", "SVG_filename": "J12.5+3.svg"}
    said = [{"task": "T0", "value": [{"x": 500, "width": 10}]}]
    size = {"subject_dimensions": [{"naturalWidth": 1152}]}
    (found,) = extracted("i2a_extractor", said, metadata=size, subject={"metadata": about})
    assert found["galaxy_id"] == "J12.5+3"


@pytest.mark.parametrize("value", [None, ""])
def test_a_transcription_that_was_left_has_no_lines(value):
    said = [{"task": "T0", "value": value}]
    (found,) = extracted("sw_extractor", said)
    assert found["frame0"]["text"] == []
    assert extracted("sw_graphic_extractor", said) == [{}]


@pytest.mark.parametrize(("text", "cleaned"), [
    ("a<sl>\n<style>p{}</style></b>", "a\np{}"), (" \t<xml>pasted <b>text</b>", "pasted text"),
])  # fmt: skip
def test_a_style_shows_nothing_and_what_was_pasted_begins_without_blanks(text, cleaned):
    ends = {"startPoint": {"x": 0, "y": 0}, "endPoint": {"x": 9, "y": 0}}
    (found,) = extracted("sw_extractor", [{"task": "T0", "value": [{**ends, "text": text}]}])
    assert found["frame0"]["text"] == [[cleaned]]


def test_of_questions_with_one_name_the_last_counts_be_it_without_an_answer():
    said = [{"task": "T0", "value": [{"choice": "Fox", "answers": {"X": "a", "x": [], "How": []}}]}]
    assert [flatten(each) for each in extracted("survey_extractor", said)] == [{"choice": "fox"}]


def test_a_graphic_whose_tag_is_no_tag_is_left_out():
    box = {"type": "graphic", "x": 1, "y": 2, "width": 3, "height": 4}
    said = [{"task": "T0", "value": [{**box, "tag": "NaN"}, {**box, "tag": "seal"}]}]
    (found,) = extracted("sw_graphic_extractor", said)
    assert found["frame0"]["tool0_tag"] == ["seal"]


def test_curves_have_the_last_digits_of_the_peer():
    assert sample_curve([11.9, 27.2, 18.5])[1] == 15.003703703703707


@pytest.mark.parametrize("value", [None, [], ["a"], "typed", 3, {"select_label": "x"}])
def test_what_is_no_choice_in_a_simple_drop_down_is_none(value):
    said = [{"task": "T0", "taskType": "dropdown-simple", "value": value}]
    assert extracted("dropdown_extractor", said, metadata={"classifier_version": "2.0"}) == [{"value": [{"None": 1}]}]


@pytest.mark.parametrize("points", [[(5, 0), (5, 0)], [(0, 1), (0, 9)]])
def test_a_line_without_a_fit_is_lost_with_compat_alone(points):
    mark = {"frame": 0, "tool": 0, "points": [{"x": x, "y": y} for x, y in points], "details": [{"value": "a"}]}
    said = classification_of([{"task": "T0", "value": [mark]}], {})
    assert prepare("poly_line_text_extractor", {}).extract(said)[0]["frame0"]["text"] == [["a"]]
    with pytest.raises(ExtractError, match="no fit"):
        prepare("poly_line_text_extractor", {}, compat=True).extract(said)


def test_an_unknown_extractor_of_sub_tasks_is_refused_unless_compat():
    keywords = {"details": {"T0_tool0": ["question_extracter", None]}}
    with pytest.raises(UsageError, match="question_extracter") as error:
        prepare("point_extractor_by_frame", keywords)
    assert "question_extractor" in str(error.value)
    mark = {"tool": 0, "frame": 0, "x": 1, "y": 2, "details": [{"value": 0}, {"value": 1}]}
    compat = prepare("point_extractor_by_frame", keywords, compat=True)
    (found,) = compat.extract(classification_of([{"task": "T0", "value": [mark]}], {}))
    assert found["frame0"]["T0_tool0_details"] == [["No extractor for this subtask type"] * 2]


@pytest.mark.parametrize("details", [
    {"T0_tol0": ["question_extractor"]}, {"T0_toolIndex0": ["question_extractor"]}, {"T0_tool0": "question_extractor"},
    {"T0_toolIndex0_subtask0": ["question_extractor"]}, {"T0.0.0": "question_extractor"},
])  # fmt: skip
def test_details_of_what_is_no_tool_and_no_sub_task_are_refused(details):
    with pytest.raises(UsageError, match="no tool or sub-task"):
        prepare("shape_extractor", {"shape": "point", "details": details})
