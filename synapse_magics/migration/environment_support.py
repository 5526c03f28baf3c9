"""Environments and run configurations: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Environments and run configurations"

TEXT = r"""
differs  azureml.core.Environment
         (name)
         > only the packages and the variables count: steps run in this interpreter, or
         > in a virtual environment that is built of them, and in no container
full     .register
         (workspace)
full     .list
         (workspace)
full     .label
         (workspace, name, version, labels)
full     .clone
         (new_name)
full     .from_conda_specification
         (name, file_path)
full     .from_pip_requirements
         (name, file_path, pip_version=None)
full     .save_to_directory
         (path, overwrite=False)
full     .load_from_directory
         (path)
differs  .get
         (workspace, name, version=None, label=None)
         > a curated name, AzureML-..., stands for packages in no certain version
differs  .from_docker_image
         (name, image, container_registry=None, conda_specification=None,
          pip_requirements=None)
         > the image is kept and not used
differs  .from_dockerfile
         (name, dockerfile, conda_specification=None, pip_requirements=None)
         > the image is kept and not used
differs  .from_docker_build_context
         (name, docker_build_context)
         > the image is kept and not used
differs  .build
         (workspace, image_build_compute=None)
         > builds a virtual environment on this machine, where the packages are not there
differs  .build_local
         (workspace, platform=None)
         > builds a virtual environment on this machine, where the packages are not there
differs  .get_image_details
         (workspace)
         > a dict: where the virtual environment lies, and whether it is built
no       .from_existing_conda_environment
         (name, conda_environment_name)
         > start the notebook in that conda environment, and leave the step's
         > environment out
full     .add_private_pip_wheel
         (workspace, file_path, exist_ok=False)
full     .name
full     .version
full     .python
full     .environment_variables
differs  .docker
         > kept and given back, and not used
differs  .spark
         > kept and given back, and not used
differs  .inferencing_stack_version
         > kept and given back, and not used
full     azureml.core.conda_dependencies.CondaDependencies
         (conda_dependencies_file_path=None, _underlying_structure=None)
full     .create
         (pip_indexurl=None, pip_packages=None, conda_packages=None,
          python_version='3.10.18', pin_sdk_version=True)
full     .add_pip_package
         (pip_package)
full     .remove_pip_package
         (pip_package)
full     .add_conda_package
         (conda_package)
full     .remove_conda_package
         (conda_package)
full     .add_channel
         (channel)
full     .remove_channel
         (channel)
differs  .set_python_version
         (version)
         > an installed one of that minor version is taken; below 3.10, and for the SDK's
         > own defaults 3.8.13 and 3.10.18, that of the notebook is
full     .get_python_version
         ()
full     .set_pip_option
         (pip_option)
full     .remove_pip_option
         (pip_option)
full     .set_pip_index_url
         (index_url)
full     .set_pip_requirements
         (pip_requirements)
full     .conda_packages
full     .pip_packages
full     .pip_options
full     .conda_channels
full     .serialize_to_string
         ()
full     .as_dict
         ()
full     .save
         (path=None)
full     .save_to_file
         (base_directory, conda_file_path=None)
full     azureml.core.environment.PythonSection
         ()
full     .conda_dependencies
full     .conda_dependencies_file
full     .user_managed_dependencies
differs  .interpreter_path
         > another than that of the notebook is refused
differs  .base_conda_environment
         > refused: start the notebook in that conda environment
differs  azureml.core.environment.ImageBuildDetails
         > of a virtual environment; there is no image
full     .wait_for_completion
         (show_output=True)
full     .status
differs  azureml.core.environment.DockerSection
         ()
         > kept and given back, and not used: steps run in no container
differs  azureml.core.environment.DockerEnvironment
         ()
         > the older name of DockerSection, and the same
differs  azureml.core.environment.SparkSection
         ()
         > kept and given back, and not used, as on Synapse
differs  azureml.core.environment.SparkPackage
         (group=None, artifact=None, version=None)
         > kept and given back, and not used, as on Synapse
differs  azureml.core.environment.DockerBuildContext
         (location_type=None, location=None, dockerfile_path='Dockerfile')
         > kept and given back, and not used
differs  .from_local_directory
         (workspace, path, dockerfile_path='Dockerfile')
         > kept and given back, and not used
differs  azureml.core.ContainerRegistry
         ()
         > kept without the password, and not used
full     azureml.core.RunConfiguration
         (script=None, arguments=None, framework=None, communicator=None,
          conda_dependencies=None, _history_enabled=None, _path=None, _name=None,
          command=None)
full     .save
         (path=None, name=None, separate_environment_yaml=False)
full     .load
         (path, name=None)
full     .delete
         (path, name)
full     .target
full     .environment
full     .spark
full     .environment_variables
differs  .node_count
         > more than one is refused at submission: a step is one process
full     .max_run_duration_seconds
differs  .communicator
         > any but None is refused at submission: start the processes in the script
full     .framework
differs  .data
         > refused at submission: pass inputs as arguments
differs  .output_data
         > refused at submission: pass outputs as arguments
differs  .data_references
         > refused at submission: pass inputs as arguments
full     .history
differs  .docker
         > kept, and not used: steps run in no container, in the order of submission
differs  .priority
         > kept, and not used: steps run in no container, in the order of submission
full     .auto_prepare_environment
differs  .source_directory_data_store
         > kept, and not used: a script's sources are stored beside its run
differs  .credential_passthrough
         > kept, and not used: a script runs as the person who submits it
no       .amlcompute
         > AmlCompute.provisioning_configuration(...) makes a compute, target names it
no       .hdi
         > a Spark pool: SynapseCompute.attach_configuration(...), and target names it
no       .kubernetescompute
         > AmlCompute.provisioning_configuration(...), and target names it
no       .paralleltask
         > ParallelRunStep runs a script on parts of a dataset
no       .datacaches
         > .as_download() on the input
no       .services
         > a script runs on this machine, where its ports are
full     azureml.core.runconfig.HistoryConfiguration
         ()
differs  .output_collection
         > kept, and not used: outputs and logs are kept always
differs  .directories_to_watch
         > kept, and not used: outputs and logs are kept always
differs  .snapshot_project
         > kept, and not used: the sources are kept always
differs  azureml.core.runconfig.DockerConfiguration
         (use_docker=False, shared_volumes=True, arguments=[], shm_size='2g')
         > kept, and not used: steps run in no container
full     azureml.core.runconfig.SparkConfiguration
         ()
full     .configuration
full     azureml.core.runconfig.DataReferenceConfiguration
         (datastore_name=None, mode='mount', path_on_datastore=None,
          path_on_compute=None, overwrite=False)
full     azureml.core.runconfig.EnvironmentDefinition
no       azureml.core.runconfig.MpiConfiguration
         (process_count_per_node=1, node_count=1)
         > CommandStep('mpirun ...') starts MPI on this machine, where it is
         > installed
no       azureml.core.runconfig.PyTorchConfiguration
         (communication_backend='Nccl', process_count=None, node_count=1)
         > CommandStep('torchrun ...') starts several processes on this machine
no       azureml.core.runconfig.TensorflowConfiguration
         (worker_count=1, parameter_server_count=1)
         > start TensorFlow's processes in the script
differs  azureml.core.ScriptRunConfig
         (source_directory, script=None, arguments=None, run_config=None,
          _telemetry_values=None, compute_target=None, environment=None,
          distributed_job_config=None, resume_from=None,
          max_run_duration_seconds=2592000, command=None, docker_runtime_config=None)
         ! resume_from
         = give the folder of the checkpoint as an input
         > a script is one process of this machine, in no container, and a
         > distributed_job_config for more is refused
"""
