"""What signing in asks and answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class SignIn(BaseModel):
    """Address and password."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(min_length=3, max_length=254, examples=["owner@example.org"])
    password: str = Field(min_length=1, max_length=200, examples=["correct horse battery"])
    label: str = Field("", max_length=80, description="What the token is for", examples=["phone"])


class TokenOut(BaseModel):
    """A bearer token; its text is shown this once."""

    token: str = Field(examples=["vgl_1a2b3c4d.00ff.signature"])
    id: str = Field(examples=["00ff00ff00ff00ff00ff00ff"])
    expires_at: datetime


class TokenRow(BaseModel):
    """A token without its text."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Me(BaseModel):
    """The signed-in person and what their role may do."""

    id: str = Field(examples=["p-0000000000001"])
    name: str
    role: str = Field(examples=["owner"])
    lang: str = Field(examples=["zh"])
    zone: str = Field(examples=["Asia/Shanghai"])
    rights: list[str]
