"""Error responses, with the codes and the body of the distribution spec (Error Codes)."""

from __future__ import annotations

import json
from enum import StrEnum

from pycrane._server.messages import Response


class Code(StrEnum):
    """Error codes: the specification's, and those that Docker's registry added."""

    BLOB_UNKNOWN = "BLOB_UNKNOWN"
    BLOB_UPLOAD_INVALID = "BLOB_UPLOAD_INVALID"
    BLOB_UPLOAD_UNKNOWN = "BLOB_UPLOAD_UNKNOWN"
    DENIED = "DENIED"
    DIGEST_INVALID = "DIGEST_INVALID"
    MANIFEST_INVALID = "MANIFEST_INVALID"
    MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN"
    NAME_INVALID = "NAME_INVALID"
    NAME_UNKNOWN = "NAME_UNKNOWN"
    PAGINATION_NUMBER_INVALID = "PAGINATION_NUMBER_INVALID"
    RANGE_INVALID = "RANGE_INVALID"
    SIZE_INVALID = "SIZE_INVALID"
    TAG_INVALID = "TAG_INVALID"
    TOOMANYREQUESTS = "TOOMANYREQUESTS"
    UNAUTHORIZED = "UNAUTHORIZED"
    UNAVAILABLE = "UNAVAILABLE"
    UNKNOWN = "UNKNOWN"
    UNSUPPORTED = "UNSUPPORTED"


_STATUS = {
    Code.BLOB_UNKNOWN: 404,
    Code.BLOB_UPLOAD_UNKNOWN: 404,
    Code.DENIED: 403,
    Code.MANIFEST_UNKNOWN: 404,
    Code.NAME_UNKNOWN: 404,
    Code.RANGE_INVALID: 416,
    Code.TOOMANYREQUESTS: 429,
    Code.UNAUTHORIZED: 401,
    Code.UNAVAILABLE: 503,
    Code.UNKNOWN: 500,
    Code.UNSUPPORTED: 405,
}


class Refusal(Exception):  # noqa: N818 - it is an answer, and mostly the client's fault
    """Raised anywhere below the application; becomes the response.

    `status` is by default that of the code, mostly 400.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        status: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS.get(code, 400)
        self.headers = headers

    def response(self) -> Response:
        """The response with the specification's JSON body."""
        body = json.dumps({"errors": [{"code": self.code, "message": self.message}]}).encode()
        return Response(self.status, (("Content-Type", "application/json"), *self.headers), body)
