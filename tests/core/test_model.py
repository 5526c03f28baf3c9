"""Models are copies of files and folders, in versions, found again by what is said of them."""

import stat
from pathlib import Path

import pytest
from support import wait_until

from synapse_magics import Dataset, Pipeline, PythonScriptStep, Workspace
from synapse_magics.core.exceptions import (
    ModelNotFoundException,
    ModelPathNotFoundException,
    NotSupportedError,
    UserErrorException,
    WebserviceException,
)
from synapse_magics.core.model import Model
from synapse_magics.core.run_tags import submitter
from synapse_magics.store import models
from synapse_magics.store.removal import remove


@pytest.fixture
def file(workspace):
    path = Path("model.pkl")
    path.write_text("weights")
    return str(path)


@pytest.fixture
def folder(workspace):
    place = Path("network")
    (place / "deep").mkdir(parents=True)
    (place / "a.bin").write_text("a")
    (place / "deep" / "b.bin").write_text("b")
    return str(place)


def text_of(path):
    return Path(path).read_text()


def test_register_says_so_and_numbers_the_versions(workspace, file, capsys):
    first = Model.register(workspace, file, "iris")

    assert capsys.readouterr().out == "Registering model iris\n"
    assert (first.id, first.name, first.version) == ("iris:1", "iris", 1)
    assert Model.register(workspace, file, "iris").id == "iris:2"


def test_a_model_says_who_registered_it_and_what_it_is(workspace, file):
    model = Model.register(workspace, file, "iris")

    assert Model(workspace, "iris").created_by == {"userName": submitter()}
    assert (model.mime_type, model.unpack) == ("application/x-python", False)
    said = model.serialize()
    assert said["createdBy"] == model.created_by
    assert (said["mimeType"], said["unpack"]) == ("application/x-python", False)


def test_a_model_of_before_does_not_know_who_registered_it(workspace, file):
    entry = Model.register(workspace, file, "iris")._entry
    models.change(
        workspace.store,
        entry,
        lambda body: {key: value for key, value in body.items() if key != "created_by"},
    )

    assert Model(workspace, "iris").created_by is None


def test_a_model_is_a_copy_for_its_owner_only(workspace, file):
    Model.register(workspace, file, "iris")
    Path(file).write_text("changed")

    content = workspace.store.folder / "models" / "iris" / "1" / "model.pkl"
    assert content.read_text() == "weights"
    assert stat.S_IMODE(content.stat().st_mode) == 0o600
    assert stat.S_IMODE(content.parent.stat().st_mode) == 0o700


def test_a_folder_comes_back_as_a_folder(workspace, folder):
    model = Model.register(workspace, folder, "net")

    path = model.download("here")

    assert path == "here/network"
    assert (text_of("here/network/a.bin"), text_of("here/network/deep/b.bin")) == ("a", "b")


def test_child_paths_leave_the_rest_out(workspace, folder):
    model = Model.register(workspace, folder, "net", child_paths=["deep"])

    model.download("here")

    assert [str(item) for item in Path("here").rglob("*.bin")] == ["here/network/deep/b.bin"]


def test_download_replaces_nothing_unless_told(workspace, file):
    model = Model.register(workspace, file, "iris")
    Path(file).write_text("mine")

    with pytest.raises(WebserviceException, match="already exists at this path"):
        model.download()
    assert text_of(file) == "mine"
    assert text_of(model.download(exist_ok=True)) == "weights"


def test_download_replaces_a_folder(workspace, folder):
    model = Model.register(workspace, folder, "net")
    Path("network/new").write_text("new")

    model.download(exist_ok=True)

    assert not Path("network/new").exists()
    assert sorted(item.name for item in Path().iterdir() if "network" in item.name) == ["network"]


@pytest.mark.parametrize(
    ("path", "name", "words"),
    [
        ("nowhere.pkl", "iris", r'provided model path ".*nowhere\.pkl" cannot be found'),
        ("model.pkl", "a/b", "model name is invalid"),
        ("model.pkl", "", "model name is invalid"),
    ],
)
def test_register_refuses(workspace, file, path, name, words):
    with pytest.raises(WebserviceException, match=words):
        Model.register(workspace, path, name)
    assert workspace.models == {}


def test_register_refuses_the_workspace_itself(workspace):
    with pytest.raises(UserErrorException, match="holds the whole workspace"):
        Model.register(workspace, ".", "iris")


def test_register_refuses_a_deployment(workspace, file):
    with pytest.raises(NotSupportedError, match="resource_configuration"):
        Model.register(workspace, file, "iris", resource_configuration=object())


def test_what_cannot_be_copied_leaves_nothing(workspace, folder):
    (Path(folder) / "dangling").symlink_to("nowhere")

    with pytest.raises(WebserviceException, match=r"could not be copied: .*dangling"):
        Model.register(workspace, folder, "net")

    assert workspace.models == {}
    assert list((workspace.store.folder / "models").iterdir()) == []


def test_a_model_is_found_by_what_is_said_of_it(workspace, file):
    Model.register(workspace, file, "iris", tags={"area": "a"}, properties={"p": "1"})
    Model.register(workspace, file, "iris", tags={"area": "b"}, model_framework="Onnx")

    assert Model(workspace, "iris").version == 2
    assert Model(workspace, "iris", version=1).tags == {"area": "a"}
    assert Model(workspace, id="iris:1").properties == {"p": "1"}
    assert Model(workspace, "iris", tags=[["area", "a"]]).version == 1
    assert Model(workspace, "iris", tags=["area"]).version == 2
    assert Model(workspace, "iris", model_framework="Onnx").version == 2


def test_a_model_that_is_missing_is_named(workspace, file):
    Model.register(workspace, file, "iris")

    with pytest.raises(WebserviceException, match="ModelNotFound: Model with name irs") as caught:
        Model(workspace, "irs")
    assert caught.value.hint == "did you mean 'iris'?"
    with pytest.raises(WebserviceException, match="name iris, version 7"):
        Model(workspace, "iris", version=7)
    with pytest.raises(WebserviceException, match="one of id or name"):
        Model(workspace)


def test_list_filters(workspace, file):
    Path("Titanic.csv").write_text("a\n1\n")
    store = workspace.get_default_datastore()
    store.upload_files(["Titanic.csv"], show_progress=False)
    data = Dataset.File.from_files((store, "Titanic.csv"))
    Model.register(workspace, file, "iris", tags={"a": "1"}, datasets=[("training", data)])
    Model.register(workspace, file, "iris", properties={"b": "2"})
    Model.register(workspace, file, "other", model_framework="Onnx")

    def ids(**wanted):
        return [model.id for model in Model.list(workspace, **wanted)]

    assert ids() == ["other:1", "iris:2", "iris:1"]
    assert ids(latest=True) == ["other:1", "iris:2"]
    assert ids(name="iris") == ["iris:2", "iris:1"]
    assert ids(tags=["a"]) == ids(tags=[["a", "1"]]) == ["iris:1"]
    assert ids(properties=[["b", "2"]]) == ["iris:2"]
    assert ids(dataset_id=data.id) == ["iris:1"]
    assert ids(model_framework="Onnx") == ["other:1"]
    assert ids(run_id="nothing") == []
    assert list(Model(workspace, id="iris:1").datasets) == ["training"]
    assert Model(workspace, id="iris:1").datasets["training"][0].id == data.id
    assert {name: model.version for name, model in workspace.models.items()} == {
        "iris": 2,
        "other": 1,
    }


def test_tags_change_and_properties_do_not(workspace, file):
    model = Model.register(workspace, file, "iris", tags={"a": "1"}, properties={"p": "1"})

    model.add_tags({"b": 2})
    model.remove_tags("a")
    model.add_properties({"q": "2"})
    model.update(description="flowers")
    with pytest.raises(UserErrorException, match="properties never change"):
        model.add_properties({"p": "2"})

    again = Model(workspace, "iris")
    assert (again.tags, again.properties) == ({"b": "2"}, {"p": "1", "q": "2"})
    assert again.description == "flowers"
    model.update(tags={"only": "this"})
    assert Model(workspace, "iris").tags == {"only": "this"}


def test_two_who_hold_a_model_lose_nothing_of_each_other(workspace, file):
    one = Model.register(workspace, file, "iris")
    other = Model(workspace, "iris")

    one.add_tags({"a": "1"})
    other.add_tags({"b": "2"})

    assert Model(workspace, "iris").tags == {"a": "1", "b": "2"}


def test_delete_removes_one_version_for_ever(workspace, file):
    Model.register(workspace, file, "iris")
    second = Model.register(workspace, file, "iris")

    second.delete()

    assert [model.id for model in Model.list(workspace)] == ["iris:1"]
    assert not models.content_folder(workspace.store, "iris", 2).exists()
    assert Model.register(workspace, file, "iris").id == "iris:3"
    with pytest.raises(WebserviceException, match="ModelNotFound"):
        second.add_tags({"a": "1"})


def test_what_a_cloud_does_is_refused_with_the_alternative(workspace, file):
    model = Model.register(workspace, file, "iris")

    with pytest.raises(NotSupportedError) as caught:
        model.get_sas_urls()
    assert caught.value.hint == "model.download('folder')"
    with pytest.raises(NotSupportedError, match=r"Model\.deploy"):
        Model.deploy(workspace, "service", [model])


def test_the_path_outside_of_a_step(workspace, file):
    Model.register(workspace, file, "iris")

    with pytest.raises(ModelNotFoundException, match="not found in cache at azureml-models"):
        Model.get_model_path("iris")
    path = Model.get_model_path("iris", _workspace=workspace)
    assert path == "azureml-models/iris/1/model.pkl"
    assert Model.get_model_path("iris") == path
    assert Model.get_model_path("model.pkl") == "model.pkl"
    with pytest.raises(ModelNotFoundException, match="version 3"):
        Model.get_model_path("iris", 3, _workspace=workspace)


TRAIN = """
import os
from azureml.core import Model, Run, Workspace

run = Run.get_context()
path = Model.get_model_path("start")
print("found", path, open(path).read())
os.makedirs("outputs/net", exist_ok=True)
with open("outputs/net/weights", "w") as file:
    file.write("trained")
model = run.register_model("trained", "outputs/net", tags={"by": "step"})
print("made", model.id, model.run_id == run.id)
"""


def test_a_step_takes_a_model_and_makes_one(workspace, pool, file):
    Path("code").mkdir()
    Path("code/train.py").write_text(TRAIN)
    Model.register(workspace, file, "start")
    step = PythonScriptStep("train.py", compute_target="cpucluster", source_directory="code")
    run = Pipeline(workspace, [step]).submit("exp")
    wait_until(lambda: run.record.status.is_terminal, 60, "the end of the run")
    train = next(run.get_children())

    assert train.log_tail().splitlines() == [
        "found azureml-models/start/1/model.pkl weights",
        "made trained:1 True",
    ], train.log_tail("stderr")
    model = Model(workspace, "trained")
    assert (model.run_id, model.experiment_name, model.run.id) == (train.id, "exp", train.id)
    assert Model.list(workspace, run_id=train.id)[0].id == "trained:1"

    again = train.register_model("again", "outputs/net/weights", description="from outside")
    assert text_of(again.download("again")) == "trained"
    with pytest.raises(ModelPathNotFoundException, match="model_path outputs/none in the set"):
        train.register_model("again", "outputs/none")

    # The model is a copy: it keeps nothing of its run alive, and still names it.
    removed = remove(workspace.store, before=float("inf"), results=False)
    assert [item.id for item in removed.removed] == [run.id]
    kept = Model(workspace, "trained")
    assert (kept.run_id, kept.run) == (train.id, None)
    assert text_of(Path(kept.download("kept")) / "weights") == "trained"


def test_a_workspace_opened_anew_has_its_models(workspace, file):
    Model.register(workspace, file, "iris", description="flowers")

    assert Workspace.from_config().models["iris"].description == "flowers"
