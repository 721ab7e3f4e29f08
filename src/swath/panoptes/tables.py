"""The tables that ``swath convert`` writes."""

from __future__ import annotations

from swath.tables import (
    BOOL,
    FLOAT64,
    FLOATS,
    INT32,
    INT64,
    INTS,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
    Column,
    Table,
)

PARTITION = ("workflow_id",)

_CLASSIFICATION_ID = Column("classification_id", INT64, "Classification that the row belongs to.")
_WORKFLOW_ID = Column("workflow_id", INT64, "Workflow that was classified in; the partition.", repeats=True)
_SUBJECT_ID = Column("subject_id", INT64, "Subject that was classified; the first, where there were several.")
_TASK = Column("task", TEXT, "Key of the task, such as T0.", repeats=True)

CLASSIFICATIONS = Table(
    "classifications",
    "One row for each classification.",
    (
        Column("classification_id", INT64, "Id of the classification."),
        _WORKFLOW_ID,
        Column("workflow_version", TEXT, "Version of the workflow as exported, such as 52.76.", repeats=True),
        Column("version_major", INT32, "Major part of the workflow version.", repeats=True),
        Column("version_minor", INT32, "Minor part of the workflow version.", repeats=True),
        Column("created_at", TIME, "When the server took the classification.", "UTC"),
        Column("started_at", TIME, "When the volunteer began, by the volunteer's clock.", "UTC"),
        Column("finished_at", TIME, "When the volunteer finished, by the volunteer's clock.", "UTC"),
        Column("seconds", FLOAT64, "Time spent: finished_at less started_at.", "s"),
        Column("user_name", TEXT, "Login, or not-logged-in- and a hash for the anonymous.", repeats=True),
        Column("user_id", INT64, "Id of the volunteer; null for the anonymous.", repeats=True),
        Column("user_ip", TEXT, "Hash of the volunteer's network address.", repeats=True),
        _SUBJECT_ID,
        Column("subject_ids", INTS, "All subjects of the classification."),
        Column("repeat", INT32, "Which classification of this subject by this user it is: 1 is the first."),
        Column("session", TEXT, "Browser session.", repeats=True),
        Column("language", TEXT, "Language that the volunteer read in.", repeats=True),
        Column("utc_offset", FLOAT64, "Volunteer's clock behind UTC.", "s", repeats=True),
        Column("user_agent", TEXT, "Browser and system of the volunteer.", repeats=True),
        Column("viewport_width", FLOAT64, "Width of the browser's viewport.", "px", repeats=True),
        Column("viewport_height", FLOAT64, "Height of the browser's viewport.", "px", repeats=True),
        Column("client_width", FLOAT64, "Width at which the subject's first image was shown.", "px", repeats=True),
        Column("client_height", FLOAT64, "Height at which it was shown.", "px", repeats=True),
        Column("natural_width", FLOAT64, "Width of the subject's first image.", "px", repeats=True),
        Column("natural_height", FLOAT64, "Height of it.", "px", repeats=True),
        Column("source", TEXT, "Where the classification came from, such as api.", repeats=True),
        Column("classifier_version", TEXT, "Version of the classifier; 1.0 where none is given.", repeats=True),
        Column("live_project", BOOL, "Whether the project was live."),
        Column("already_seen", BOOL, "Whether the volunteer had seen the subject before."),
        Column("subject_retired", BOOL, "Whether the subject was retired when it was shown."),
        Column("gold_standard", BOOL, "Whether the classification is marked as gold standard; null if unmarked."),
        Column("expert", BOOL, "Whether the classification is marked as an expert's; null if unmarked."),
    ),
    PARTITION,
)

ANNOTATIONS = Table(
    "annotations",
    "One row for each classification and task that was answered; combined tasks taken apart.",
    (
        _CLASSIFICATION_ID,
        _WORKFLOW_ID,
        _SUBJECT_ID,
        Column("annotation_index", INT32, "Place of the annotation in its classification, from 0.", repeats=True),
        _TASK,
        Column(
            "combo_task",
            TEXT,
            "Key of the combined task that held it; null for a task of its own.",
            repeats=True,
        ),
        Column(
            "task_type",
            TEXT,
            "Type of the task, given, joined from the workflows or seen from the answer.",
            repeats=True,
        ),
        Column("task_label", TEXT, "Question or instruction, given or joined from the workflows.", repeats=True),
        Column(
            "value_text",
            TEXT,
            "The answer, where it is one text; a number's text where a text was typed.",
            repeats=True,
        ),
        Column("value_number", FLOAT64, "The answer, where it is a number or a text that is one.", repeats=True),
        Column(
            "value_list",
            TEXTS,
            "The answers, where there are several; of drop-downs the chosen labels.",
            repeats=True,
        ),
        Column(
            "value_json",
            TEXT,
            "The answer as JSON where no typed column holds all of it; marks stand in marks.",
            repeats=True,
        ),
        Column("marks", INT32, "Number of marks drawn; null where the task is no drawing.", repeats=True),
    ),
    PARTITION,
)

SURVEY_ANSWERS = Table(
    "survey_answers",
    "One row for each answer to each question about each choice of a survey; one row for a choice without answers.",
    (
        _CLASSIFICATION_ID,
        _WORKFLOW_ID,
        _SUBJECT_ID,
        _TASK,
        Column("choice_index", INT32, "Place of the choice in the annotation, from 0.", repeats=True),
        Column("choice", TEXT, "Key of the choice, such as a species.", repeats=True),
        Column("choice_label", TEXT, "Label of the choice, joined from the workflows.", repeats=True),
        Column("question", TEXT, "Key of the question; null for a choice without answers.", repeats=True),
        Column("answer", TEXT, "Key of the answer; null for a question left open.", repeats=True),
    ),
    PARTITION,
)

_SHAPES = (
    ("x", "Horizontal position: of a point, centre or corner."),
    ("y", "Vertical position: of a point, centre or corner."),
    ("x1", "Horizontal position of a line's first end."),
    ("y1", "Vertical position of a line's first end."),
    ("x2", "Horizontal position of a line's second end."),
    ("y2", "Vertical position of a line's second end."),
    ("x_center", "Horizontal position of a rotated rectangle's centre."),
    ("y_center", "Vertical position of a rotated rectangle's centre."),
    ("width", "Width of a rectangle or column."),
    ("height", "Height of a rectangle."),
    ("r", "Radius of a circle, or size of a triangle."),
    ("rx", "Radius of an ellipse along its angle."),
    ("ry", "Radius of an ellipse across its angle."),
    ("radius", "Length of a fan."),
)

MARKS = Table(
    "marks",
    "One row for each mark that was drawn.",
    (
        _CLASSIFICATION_ID,
        _WORKFLOW_ID,
        _SUBJECT_ID,
        _TASK,
        Column("mark_index", INT32, "Place of the mark in its drawing, from 0.", repeats=True),
        Column("frame", INT32, "Frame of the subject that was drawn on, from 0.", repeats=True),
        Column("tool", INT32, "Index of the tool.", repeats=True),
        Column(
            "tool_type",
            TEXT,
            "Type of the tool, from the mark, joined from the workflows or seen from the shape.",
            repeats=True,
        ),
        Column("tool_label", TEXT, "Label of the tool, from the mark or joined from the workflows.", repeats=True),
        *(Column(name, FLOAT64, meaning, "px") for name, meaning in _SHAPES),
        Column("angle", FLOAT64, "Angle of an ellipse, rectangle or triangle.", "deg"),
        Column("rotation", FLOAT64, "Direction of a fan.", "deg"),
        Column("spread", FLOAT64, "Opening angle of a fan.", "deg"),
        Column("display_time", FLOAT64, "Time within a video.", "s"),
        Column(
            "path_x",
            FLOATS,
            "Horizontal positions of a polygon's, bezier's or free hand line's points.",
            "px",
        ),
        Column("path_y", FLOATS, "Vertical positions of them.", "px"),
        Column("closed", BOOL, "Whether a path is closed; null where it does not say."),
        Column(
            "details_json",
            TEXT,
            "Answers about the mark as they stand; null where there are none.",
            repeats=True,
        ),
        Column("mark_json", TEXT, "The mark as it stands, where no typed column holds all of it; else null."),
    ),
    PARTITION,
)

MARK_DETAILS = Table(
    "mark_details",
    "One row for each answer to a question about a mark.",
    (
        _CLASSIFICATION_ID,
        _WORKFLOW_ID,
        _SUBJECT_ID,
        _TASK,
        Column("mark_index", INT32, "Place of the mark in its drawing, from 0.", repeats=True),
        Column("tool", INT32, "Index of the mark's tool.", repeats=True),
        Column("detail_index", INT32, "Index of the question about the mark, from 0.", repeats=True),
        Column("value_text", TEXT, "The answer, where it is one text.", repeats=True),
        Column(
            "value_number",
            FLOAT64,
            "The answer, where it is a number: of a question the index of the answer.",
            repeats=True,
        ),
        Column("value_list", TEXTS, "The answers, where there are several.", repeats=True),
        Column("labels", TEXTS, "The labels of the answers, joined from the workflows.", repeats=True),
        Column("value_json", TEXT, "The answer as JSON where no typed column holds it.", repeats=True),
    ),
    PARTITION,
)

SUBJECTS = Table(
    "subjects",
    "One row for each subject, within a workflow.",
    (
        Column("subject_id", INT64, "Id of the subject."),
        _WORKFLOW_ID,
        Column("subject_set_id", INT64, "Subject set, from the subjects export.", repeats=True),
        Column("metadata", TEXT_MAP, "Metadata of the subject, keys as they stand."),
        Column(
            "metadata_clean",
            TEXT_MAP,
            "The same with keys cleaned of blanks, #, ! and / before or after them.",
        ),
        Column("locations", TEXTS, "Addresses of the subject's files, from the subjects export."),
        Column("classifications_count", INT64, "Classifications that the workflow counted."),
        Column("retired_at", TIME, "When the subject was retired; null if it was not.", "UTC"),
        Column("retirement_reason", TEXT, "Why it was retired.", repeats=True),
        Column("created_at", TIME, "When the subject, or its place in the workflow, was made.", "UTC"),
        Column("updated_at", TIME, "When that was last changed.", "UTC"),
    ),
    PARTITION,
)

WORKFLOWS = Table(
    "workflows",
    "One row for each element of each version of a workflow: tasks, tools, answers, choices, details.",
    (
        _WORKFLOW_ID,
        Column("workflow_name", TEXT, "Name of the workflow.", repeats=True),
        Column("workflow_version", TEXT, "Version of the workflow, such as 52.76.", repeats=True),
        Column("version_major", INT32, "Major part of the version.", repeats=True),
        Column("version_minor", INT32, "Minor part of the version.", repeats=True),
        _TASK,
        Column("task_type", TEXT, "Type of the task.", repeats=True),
        Column(
            "element",
            TEXT,
            "What the row is: task, tool, answer, choice, question, select, option, detail or detail answer.",
            repeats=True,
        ),
        Column("tool", INT32, "Index of the tool, for tools, details and their answers.", repeats=True),
        Column(
            "detail_index",
            INT32,
            "Index of the question about a mark, for details and their answers.",
            repeats=True,
        ),
        Column("element_index", INT32, "Place of the element among its kind, from 0.", repeats=True),
        Column(
            "key",
            TEXT,
            "Key of the element where it has one: a choice, a question, an option's value.",
            repeats=True,
        ),
        Column("type", TEXT, "Type of the element: of a tool its shape, of a detail its task type.", repeats=True),
        Column("label", TEXT, "Text that volunteers read.", repeats=True),
    ),
    PARTITION,
)

CONVERT_TABLES = (CLASSIFICATIONS, ANNOTATIONS, SURVEY_ANSWERS, MARKS, MARK_DETAILS, SUBJECTS, WORKFLOWS)
