"""What a verification says."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class StandingOut(BaseModel):
    """Whether a report stands, and the signed values to compare with the paper."""

    report: str = Field(examples=["r-6fxz95mm5jdxf"])
    standing: str = Field(examples=["valid"], description="valid, expired, superseded, withdrawn")
    key_id: str
    algorithm: str
    public_key: str = Field(description="base64url, 32 bytes: check the signature yourself")
    signature: str = Field(description="base64url over the RFC 8785 form of `body`")
    body: dict[str, Any]
