"""The official SDK's client with our auth: ``scaleapi.ScaleClient``, guarded.

What differs from a client that a program makes itself: the key stands in no attribute and comes
from the source with each request; every request has a time-out; SEP007 holds, for ``client.v2``
as well, which otherwise sends the key to api.scale.com whatever the base URL; no variable, netrc
file or proxy setting of the surroundings counts. Imported only where such a client is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
import scaleapi.api  # type: ignore[import-untyped]
import urllib3
from requests.adapters import HTTPAdapter
from scaleapi import ScaleClient
from scaleapi.api_client import v2  # type: ignore[import-untyped]
from scaleapi.api_client.v2.exceptions import ApiException  # type: ignore[import-untyped]
from scaleapi.exceptions import ScaleException  # type: ignore[import-untyped]

from scale_secrets.http.auth import REPEATABLE, ScaleAuth, bearer
from scale_secrets.values import MASK, SecretValue

__all__ = ["ScaleClient", "guarded_client"]


def guarded_client(
    auth: ScaleAuth,
    base_url: str,
    *,
    timeout: float,
    verify: str | None = None,
    proxies: Mapping[str, str] | None = None,
) -> ScaleClient:
    """``base_url`` ends in ``/v1``. ``timeout``: seconds to connect, and to wait for bytes.

    ``verify``: a file of CA certificates. ``proxies``: by scheme, as ``requests`` takes them.
    """
    client = ScaleClient(MASK, api_instance_url=base_url, verify=verify, proxies=proxies)
    client.api = _Api(client.api, auth, timeout)
    client.v2 = v2.V2Api(_V2Client(auth, timeout, verify, proxies))
    return client


class _Api(scaleapi.api.Api):  # type: ignore[misc]  # the SDK is not typed
    """Version 1: the SDK's requests and answers, and our way of sending."""

    def __init__(self, made: scaleapi.api.Api, auth: ScaleAuth, timeout: float) -> None:
        self.__dict__.update(made.__dict__)
        self._auth = auth
        self._timeout = timeout

    def _http_request(  # noqa: PLR0917 - called by position: the SDK's own signature
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        auth: ScaleAuth | None = None,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Any = None,
        data: Any = None,
        **_: Any,
    ) -> requests.Response:
        """In place of the SDK's own, which has no time-out and follows redirects.

        What fails raises the SDK's ``ScaleException`` as there, but without the request: that
        holds the header.
        """
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.verify or True
            session.proxies.update(self.proxies or {})
            session.mount("https://", HTTPAdapter(max_retries=_strategy()))
            try:
                return session.request(
                    method,
                    url,
                    headers=headers,
                    auth=auth,
                    params=params or {},
                    json=body or None,
                    files=files,
                    data=data,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                reason = type(error).__name__
        raise ScaleException(f"{method} {self.base_api_url}: {reason}")


def _strategy() -> urllib3.Retry:
    """How the SDK itself repeats, but for a server's wish to wait: that may be hours."""
    return urllib3.Retry(
        total=scaleapi.api.HTTP_TOTAL_RETRIES,
        backoff_factor=scaleapi.api.HTTP_RETRY_BACKOFF_FACTOR,
        status_forcelist=scaleapi.api.HTTP_STATUS_FORCE_LIST,
        allowed_methods=scaleapi.api.HTTP_RETRY_ALLOWED_METHODS,
        raise_on_status=False,
        respect_retry_after_header=False,
    )


class _V2Client(v2.ApiClient):  # type: ignore[misc]  # the SDK is not typed
    """Version 2, which takes the key as a bearer token: the base URL's host, and no redirect."""

    def __init__(
        self,
        auth: ScaleAuth,
        timeout: float,
        verify: str | None,
        proxies: Mapping[str, str] | None,
    ) -> None:
        configuration = v2.Configuration(
            host=str(auth.home),
            ignore_operation_servers=True,
            ssl_ca_cert=verify,
            retries=urllib3.Retry(3, redirect=False, respect_retry_after_header=False),
        )
        configuration.proxy = (proxies or {}).get(auth.home.scheme)
        super().__init__(configuration)
        self.user_agent = scaleapi.api.Api._generate_useragent()
        self._auth = auth
        self._timeout = timeout

    def call_api(
        self,
        method: str,
        url: str,
        header_params: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        _request_timeout: Any = None,
    ) -> Any:
        request = {
            "method": method,
            "url": url,
            "body": body,
            "post_params": post_params,
            "_request_timeout": _request_timeout or self._timeout,
        }
        key = self._auth.key_for(url)
        answer = self._answer(key, header_params or {}, request)
        if answer.status == 401:
            other = self._auth.key_after(key)
            if other is not None and method in REPEATABLE:
                answer = self._answer(other, header_params or {}, request)
        return answer

    def _answer(
        self, key: SecretValue, headers: Mapping[str, str], request: Mapping[str, Any]
    ) -> Any:
        """What the SDK makes of it. Its own errors, without the frames that hold the header."""
        try:
            return super().call_api(
                header_params={**headers, "Authorization": bearer(key)}, **request
            )
        except urllib3.exceptions.HTTPError as error:
            reason = type(getattr(error, "reason", error)).__name__
        raise ApiException(status=0, reason=f"{request['method']} {self._auth.home}: {reason}")
