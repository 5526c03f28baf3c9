"""Azure ML's ways to sign in; here a workspace is its owner's by the permissions of its files.

What they give is the header that the HTTP endpoint of published pipelines asks for: the secret of
the workspace that is found from the working directory upwards.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import AuthenticationException, UserErrorException
from synapse_magics.core.workspace import Workspace
from synapse_magics.store.http_access import bearer_token

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AbstractAuthentication",
    "ArmTokenAuthentication",
    "Audience",
    "AzureCliAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
    "TokenAuthentication",
]


class Audience(Enum):
    """Whom a token of Azure is for."""

    ARM = "ARM"
    AZUREML = "AZUREML"


class AbstractAuthentication:
    """What all ways to sign in have in common.

    Parameters
    ----------
    cloud : str, optional
        Ignored: it is Azure's.
    """

    def __init__(self, cloud: str | None = None) -> None:
        del cloud

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


class ArmTokenAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine, where code has a token of Azure.

    Parameters
    ----------
    arm_access_token, cloud : str
        Ignored: they are for Azure. The token is not kept.
    """

    def __init__(self, arm_access_token: str, cloud: str = "None") -> None:
        del arm_access_token, cloud

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Do nothing: no token of Azure is used here.

        Parameters
        ----------
        new_arm_access_token : str
        """
        del new_arm_access_token


class TokenAuthentication(AbstractAuthentication):
    """Sign in as the user of this machine, where code has a function that gives tokens of Azure.

    Parameters
    ----------
    get_token_for_audience : callable
        Takes an :class:`Audience`. It is called by :meth:`get_token` alone.
    cloud : str, optional
        Ignored: it is Azure's.

    Raises
    ------
    AuthenticationException
        If there is no such function.
    """

    def __init__(
        self, get_token_for_audience: Callable[[Audience], str], cloud: str | None = None
    ) -> None:
        del cloud
        if get_token_for_audience is None:
            raise AuthenticationException("get_token_for_audience cannot be null.")
        self._get_token_for_audience = get_token_for_audience

    def get_token(self, audience: Audience = Audience.ARM) -> str:
        """Return what the function gives.

        Parameters
        ----------
        audience : Audience

        Returns
        -------
        str

        Raises
        ------
        UserErrorException
            If it is no audience.
        """
        if audience not in set(Audience):
            raise UserErrorException(
                f"Unsupported audience {audience}.",
                where="TokenAuthentication.get_token",
                hint="Audience.ARM or Audience.AZUREML",
            )
        return self._get_token_for_audience(audience)
