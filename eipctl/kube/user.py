"""What a kubeconfig's user entry comes to: its login, and as whom it acts (client-go, tools/clientcmd)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from eipctl.base.files import read_file
from eipctl.base.text import tame
from eipctl.kube import kubeconfig as files
from eipctl.kube.exec_plugin import API_VERSIONS, ExecPlugin
from eipctl.kube.login import Credential, Fixed, Login, Renewing, TokenFile, basic
from eipctl.kube.tls import Certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eipctl.base.stop import Stop
    from eipctl.domain.impersonation import Impersonation
    from eipctl.kube.kubeconfig_file import Exec, User

_MODES = ("Never", "IfAvailable", "Always")


@dataclass(frozen=True, slots=True)
class Entry:
    """The files, the context and its user, the folder that relative paths start from, and how to call kubectl."""

    paths: Sequence[Path]
    context: str
    user: User
    folder: Path
    kubectl: str

    def login(self, chosen: files.Chosen, stop: Stop) -> Login:
        """Where its credentials come from. UsageError for a combination that kubectl refuses, too."""
        user = self.user
        self._check()
        plain = Fixed(self._plain)
        if user.token_file:
            return TokenFile(self.folder / user.token_file, plain)
        if user.token or user.username or user.password or user.client_certificate or user.client_certificate_data:
            return self._provided(plain, stop) if self._may_ask_provider else plain
        if user.exec_ is not None:
            command = user.exec_.command
            path = str(self.folder / command) if os.sep in command else command
            whose = f"context {self.context!r}"
            return Renewing(ExecPlugin(user.exec_, chosen.cluster, path, whose, self.kubectl, stop).credential)
        return self._provided(plain, stop)

    @property
    def _may_ask_provider(self) -> bool:
        user = self.user
        return user.auth_provider is not None and not (user.token or user.username or user.password)

    def _provided(self, plain: Fixed, stop: Stop) -> Login:
        """With a login that is built into kubectl: of those only oidc is left."""
        provider = self.user.auth_provider
        if provider is None:
            return plain
        if provider.name != "oidc":
            self._refuse(f"logs in with auth-provider {provider.name!r}, which is obsolete; use exec")
        from eipctl.kube.oidc import id_token

        config = dict(provider.config)
        return Renewing(lambda: id_token(config, plain.now(), self.context, self.paths, stop))

    def _plain(self) -> Credential:
        """What stands in the entry itself."""
        user = self.user
        if user.token:
            authorization = f"Bearer {user.token}"
        else:
            authorization = basic(user.username, user.password) if user.username or user.password else ""
        return Credential(authorization, self._certificate())

    def _certificate(self) -> Certificate | None:
        user = self.user
        if not (user.client_certificate or user.client_certificate_data):
            return None
        where = f"in {self.folder / user.client_certificate}" if user.client_certificate else "in the kubeconfig"
        chain = user.client_certificate_data or self._content("client-certificate", user.client_certificate)
        key = user.client_key_data or self._content("client-key", user.client_key)
        return Certificate(chain, key, where)

    def _content(self, what: str, name: str) -> bytes:
        path = self.folder / name
        try:
            return read_file(path)
        except OSError as error:
            self._refuse(f"has the {what} {path}, which can't be read: {error.strerror}")

    def _check(self) -> None:
        user = self.user
        if user.token and (user.username or user.password):
            self._refuse("has a token and a password: only one is allowed")
        if user.client_certificate or user.client_certificate_data:
            self._check_certificate(user)
        if user.token_file and not user.token:
            self._check_token_file(self.folder / user.token_file)
        if user.exec_ is not None:
            self._check_exec(user.exec_)

    def _check_certificate(self, user: User) -> None:
        for name in ("client_certificate", "client_key"):
            if getattr(user, name) and getattr(user, f"{name}_data"):
                spelled = name.replace("_", "-")
                self._refuse(f"has {spelled} and {spelled}-data: only one is allowed")
        if not (user.client_key or user.client_key_data):
            self._refuse("has a client certificate without its key")

    def _check_token_file(self, path: Path) -> None:
        try:
            found = read_file(path).decode().strip()
        except OSError as error:
            self._refuse(f"has the tokenFile {path}, which can't be read: {error.strerror}")
        except ValueError:
            self._refuse(f"has the tokenFile {path}, which is not text")
        if not found:
            self._refuse(f"has the tokenFile {path}, which is empty")

    def _check_exec(self, section: Exec) -> None:
        if self.user.auth_provider is not None:
            self._refuse("has exec and auth-provider: only one is allowed")
        if not section.command:
            self._refuse("has exec without a command")
        if section.api_version not in API_VERSIONS:
            self._refuse(f"has exec with apiVersion {section.api_version!r}, which is not {' or '.join(API_VERSIONS)}")
        mode = section.interactive_mode or ("IfAvailable" if section.api_version != API_VERSIONS[0] else "")
        if mode not in _MODES:
            self._refuse(f"has exec with interactiveMode {mode!r}, which is not {', '.join(_MODES)}")
        if not all(variable.name for variable in section.env):
            self._refuse("has exec with a variable without a name")

    def _refuse(self, why: str) -> NoReturn:
        files.unusable(self.paths, f"the user of context {self.context!r} {why}")


def check(paths: Sequence[Path], context: str, acting: Impersonation) -> None:
    """UsageError for what no API server takes: a UID, groups or extra fields without a user; control characters."""
    if (acting.uid or acting.groups or acting.extra) and not acting.user:
        files.unusable(
            paths, f"context {context!r} asks for a uid, groups or extra fields without a user to impersonate (as)"
        )
    if not all(tame(value) for _, value in acting.headers()):
        files.unusable(paths, f"context {context!r} impersonates (as) a name with control characters")
