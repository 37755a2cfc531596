"""What a store's refusal means: the user's to mend, worth another try, or just no such object.

obstore has few kinds of error, so the server's own code is read from the text: `<Code>` where the answer has a body, else the status.
No answer is quoted whole, so that nothing it may hold gets into a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mpr_core.errors import MprError, StoreError, StoreRefused, StoreUnavailable

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z0-9._-]{1,60})</Code>")
_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_NEW_KEYS = "get new credentials; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN together"
_OTHER_REGION = ("the bucket is in another region", "set AWS_REGION to the bucket's region")
_DENIED = ("the store refused access", f"check {_KEYS}, and that they may list, read, write and delete there")
_NO_BUCKET = (
    "no such bucket",
    "create it, or name another in the setting (MPR_MEDIA_IN, MPR_MEDIA_OUT, MPR_COMPUTE_LOGS_BUCKET)",
)
_REFUSALS = {
    "NoSuchBucket": _NO_BUCKET,
    "InvalidBucketName": _NO_BUCKET,
    "InvalidAccessKeyId": ("the store does not know the access key", f"check {_KEYS}"),
    "SignatureDoesNotMatch": ("the secret key does not fit the access key", f"check {_KEYS}"),
    "ExpiredToken": ("the session token has expired", _NEW_KEYS),
    "InvalidToken": ("the store does not accept the session token", _NEW_KEYS),
    "RequestTimeTooSkewed": ("the clocks of this machine and of the store differ", "set this machine's clock (NTP)"),
    "AccessDenied": _DENIED,
    "AccountProblem": _DENIED,
    "AllAccessDisabled": _DENIED,
    "PermanentRedirect": _OTHER_REGION,
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "IllegalLocationConstraintException": _OTHER_REGION,
}
_STATUS_MEANS = {301: "PermanentRedirect", 401: "AccessDenied", 403: "AccessDenied"}
_TLS = {
    "InvalidContentType": ("the server speaks http, not https", "write http:// in S3_ENDPOINT_URL"),
    "UnknownIssuer": (
        "its certificate is not trusted here",
        "set AWS_CA_BUNDLE to the PEM file of the authority that signed it",
    ),
    "NotValidForName": ("its certificate is for another name", "use that name in S3_ENDPOINT_URL"),
    "Expired": ("its certificate has expired", "renew it on the server"),
}
_MAY_PASS = (408, 409, 425, 429)
_BROKEN = (
    ("dns error", "the server's name is not known"),
    ("ConnectionRefused", "nothing answers at that address"),
    ("TimedOut", "no answer in time"),
    ("operation timed out", "no answer in time"),
)


@contextmanager
def translated(where: str, key: str) -> Iterator[None]:
    """Turn obstore's errors into ours.

    Args:
        where: what a message names.
        key: what a `KeyError` for a missing object holds.
    """
    from obstore import exceptions as obs

    try:
        yield
    except (FileNotFoundError, PermissionError, ValueError, obs.BaseError) as error:
        if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error):
            raise KeyError(key) from error
        raise _meaning(error, where) from error


def _meaning(error: Exception, where: str) -> MprError:
    from obstore.exceptions import InvalidPathError

    text = str(error)
    status = int(found[1]) if (found := _STATUS.search(text)) else None
    code = named[1] if (named := _CODE.search(text)) else _STATUS_MEANS.get(status or 0, "")
    if "169.254.169.254" in text or "CredentialsNotLoaded" in text:
        return StoreRefused(
            "no credentials for the store",
            where=where,
            why="none are set, and this machine has no role",
            remedy=f"set {_KEYS}",
        )
    if code in _REFUSALS:
        what, remedy = _REFUSALS[code]
        return StoreRefused(what, where=where, why=f"the server says {code}", remedy=remedy)
    if status is not None and 400 <= status < 500 and status not in _MAY_PASS:
        return StoreRefused(
            "the store does not understand the request",
            where=where,
            why=f"it answers {status}{f' {code}' if code else ''}",
            remedy="check that S3_ENDPOINT_URL is the address of an S3 server",
        )
    if sign := next((sign for sign in _TLS if sign in text and "HTTP error" in text), None):
        why, remedy = _TLS[sign]
        return StoreRefused("cannot talk to the store", where=where, why=why, remedy=remedy)
    if "invalid list response" in text or "extract metadata from headers" in text:
        return StoreRefused(
            "no S3 server answers there",
            where=where,
            why="what it answers is not S3",
            remedy="check that S3_ENDPOINT_URL is the address of an S3 server",
        )
    if isinstance(error, PermissionError):
        return StoreError(
            "the store refused access", where=where, why=_first_line(text), remedy="check the folder's rights"
        )
    if isinstance(error, ValueError | InvalidPathError):
        return StoreError(
            "not a valid object key", where=where, why=_first_line(text), remedy="use plain relative keys"
        )
    return StoreUnavailable(
        "the store did not answer",
        where=where,
        why=_broken(text, status, code),
        remedy="check that it runs and S3_ENDPOINT_URL is its address, then run again"
        if where.startswith("s3")
        else "check the store and run again",
    )


def _broken(text: str, status: int | None, code: str) -> str:
    if status is not None:
        return f"it answers {status}{f' {code}' if code else ''}"
    why = next((words for sign, words in _BROKEN if sign in text), "")
    if why:
        return why
    return "the connection broke" if "HTTP error" in text else _first_line(text)


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "no reason given"
