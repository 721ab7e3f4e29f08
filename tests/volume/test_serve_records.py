"""What people say about datasets, and the folders that they are sorted into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swath.volume.serve import running
from swath.volume.serve.names import dataset_id
from swath.volume.serve.organization import ROOT_FOLDER, TEAM_ID
from volume_server import TOKEN, ask, make_dataset, said

PLACE = f"/api/v16/datasets/{dataset_id('retina')}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("served")
    make_dataset(root / "retina", size=(32, 32, 32))
    with running(root, token=TOKEN) as address:
        yield address


def test_records_change_key_by_key_and_outlive_the_server(tmp_path: Path) -> None:
    make_dataset(tmp_path / "retina", size=(32, 32, 32))
    said_of = {
        "name": "The retina, “left”",
        "description": "a text\nof lines",
        "tags": ["a", "b"],
        "isPublic": True,
        "metadata": [{"key": "species", "type": "string", "value": "mouse"}],
    }
    with running(tmp_path, token=TOKEN) as url:
        created = ask(url, PLACE).json()["created"]
        for key, value in said_of.items():
            assert ask(url, f"{PLACE}/updatePartial", "PATCH", json={key: value}).status == 200
        assert ask(url, f"{PLACE}/teams", "PATCH", json=[TEAM_ID]).status == 200
    with running(tmp_path, token=TOKEN) as url:
        info = ask(url, PLACE).json()
        assert {key: info[key] for key in said_of} == said_of
        assert (info["created"], [team["id"] for team in info["allowedTeams"]]) == (created, [TEAM_ID])
        found = ask(url, "/api/v16/datasets/disambiguate/swath/The%20retina,%20“left”/toId").json()
        assert found["directoryName"] == "retina"
        assert ask(url, PLACE, "PATCH", json={**info, "description": None}).json()["description"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"tags": "a"},
        {"tags": [1]},
        {"isPublic": 1},
        {"metadata": [{"key": "a"}]},
        {"name": "a\x07"},
        {"name": "a" * 300},
        {"description": 3},
        {"layerRenamings": []},
        {"folderId": None},
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(url: str, change: dict[str, Any]) -> None:
    before = ask(url, PLACE).json()
    assert ask(url, f"{PLACE}/updatePartial", "PATCH", json=change).status in (400, 404)
    assert ask(url, PLACE).json() == before


def test_folders_are_made_moved_and_deleted(url: str) -> None:
    def folders(method: str, path: str, **settings: Any) -> Any:
        return ask(url, f"/api/v16/folders/{path}", method, **settings)

    one = folders("POST", f"create?parentId={ROOT_FOLDER}&name=One").json()["id"]
    two = folders("POST", f"create?parentId={one}&name=Two").json()["id"]
    assert folders("PUT", two, json={"name": "Second"}).json()["name"] == "Second"
    assert "into itself" in said(folders("PUT", f"{one}/move?newParentId={two}"))
    assert folders("DELETE", one).status == 400
    assert folders("PUT", f"{two}/move?newParentId={ROOT_FOLDER}").json()["parent"] == ROOT_FOLDER
    assert ask(url, f"{PLACE}/updatePartial", "PATCH", json={"folderId": two}).json()["folderId"] == two
    assert [each["id"] for each in ask(url, f"/api/v16/datasets?folderId={two}").json()] == [dataset_id("retina")]
    assert "datasets in it" in said(folders("DELETE", two))
    assert folders("DELETE", one).status == 200
    assert folders("GET", one).status == 404
    assert folders("DELETE", ROOT_FOLDER).status == 400
    assert folders("POST", f"create?parentId={one}&name=x").status == 404
    assert folders("POST", f"create?parentId={ROOT_FOLDER}&name=a/b").status == 400
    assert [each["name"] for each in folders("GET", "tree").json()] == ["root", "Second"]


def test_a_team_that_is_not_there_is_refused(url: str) -> None:
    assert ask(url, f"{PLACE}/teams", "PATCH", json=["nobody"]).status == 400
