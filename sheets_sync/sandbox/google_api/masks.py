"""The `fields` of update requests, checked against the message they speak of."""

from __future__ import annotations

from sheets_sync.sandbox.google_api.body import Body, text
from sheets_sync.sandbox.google_api.errors import Refusal
from sheets_sync.sandbox.google_api.fields import BadMask, Mask, parse_mask, unknown_path


def update_mask(body: Body, message: str) -> Mask:
    """The request's mask; raises Refusal where it is missing or names no field."""
    fields = text(body, "fields")
    if not fields:
        raise Refusal(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
        )
    try:
        mask = parse_mask(fields)
    except BadMask as error:
        raise Refusal(f"Invalid field: {error}") from error
    unknown = unknown_path(mask, message)
    if unknown is not None:
        raise Refusal(f"Invalid field: {unknown}")
    return mask


def response_mask(fields: str, message: str) -> Mask:
    """The mask of an answer, from the query; raises Refusal as Google does."""
    try:
        mask = parse_mask(fields)
        unknown = unknown_path(mask, message)
    except BadMask:
        mask, unknown = {}, fields
    if unknown is not None:
        path = unknown
        description = (
            f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
        )
        raise Refusal("Request contains an invalid argument.", violations=((path, description),))
    return mask
