"""Azure ML's ways to sign in; here a workspace is its owner's by the permissions of its files.

What they give is the header that the HTTP endpoint of published pipelines asks for: the secret of
the workspace that is found from the working directory upwards.
"""

from __future__ import annotations

from synapse_magics.core.workspace import Workspace
from synapse_magics.store.http_access import bearer_token

__all__ = [
    "AbstractAuthentication",
    "AzureCliAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
]


class AbstractAuthentication:
    """What all ways to sign in have in common."""

    def get_authentication_header(self) -> dict[str, str]:
        """Return the header for requests to published pipelines.

        Returns
        -------
        dict
            ``{"Authorization": "Bearer ..."}``.

        Raises
        ------
        UserErrorException
            If there is no workspace here.
        """
        return {"Authorization": f"Bearer {bearer_token(Workspace.from_config().store.folder)}"}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine; nobody is asked for anything.

    Parameters
    ----------
    force : bool
    tenant_id, cloud : str, optional
        Ignored, all of them: they describe an Azure account.
    """

    def __init__(
        self, force: bool = False, tenant_id: str | None = None, cloud: str | None = None
    ) -> None:
        del force, cloud
        self.tenant_id = tenant_id


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine, where code names a service principal.

    Parameters
    ----------
    tenant_id, service_principal_id, service_principal_password, cloud : str
        Ignored: they describe an Azure account. The password is not kept.
    """

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        del service_principal_password, cloud, _enable_caching
        self.tenant_id = tenant_id
        self.service_principal_id = service_principal_id


class AzureCliAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine, where code relies on ``az login``.

    Parameters
    ----------
    cloud : str, optional
        Ignored: it is Azure's.
    """

    def __init__(self, cloud: str | None = None) -> None:
        del cloud


class MsiAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine, where code relies on a managed identity.

    Parameters
    ----------
    cloud : str, optional
    identity_config : mapping, optional
        Ignored, both: they describe an Azure account.
    """

    def __init__(self, cloud: str | None = None, *, identity_config: object = None) -> None:
        del cloud, identity_config
