"""A person's own key, on the side of the person: made, proved, and used to sign answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.audit.canonical import to_text
from fleet.audit.notes import Signer
from fleet.audit.statements import answer_statement, key_id, registration_statement


@dataclass(frozen=True, slots=True)
class OperatorSigner:
    """The private half of a person's key. `operator` is the name they are logged in under."""

    operator: str
    signer: Signer

    @staticmethod
    def generate(operator: str) -> OperatorSigner:
        """A new key."""
        return OperatorSigner(operator, Signer.generate("operator"))

    @property
    def public(self) -> str:
        """The public key, base64."""
        return to_text(self.signer.verifier.public)

    @property
    def key_id(self) -> str:
        """See `fleet.audit.statements.key_id`."""
        return key_id(self.signer.verifier.public)

    def registration(self, label: str = "", voucher: OperatorSigner | None = None) -> dict[str, str]:
        """The body that registers it (`POST /v1/keys`); signed by an earlier key too where there is one."""
        body = {
            "operator": self.operator,
            "public": self.public,
            "label": label,
            "proof": to_text(self.signer.sign_bytes(registration_statement(self.operator, self.public))),
        }
        if voucher is not None:
            statement = registration_statement(self.operator, self.public, voucher.key_id)
            body |= {"vouched_by": voucher.key_id, "voucher_signature": to_text(voucher.signer.sign_bytes(statement))}
        return body

    def signed(self, answer: Mapping[str, Any]) -> dict[str, str]:
        """`key_id` and `signature` for an answer: `escalation_id`, `option_id`, `reason`, `shown_digest`,
        `previews_digest`."""
        signature = self.signer.sign_bytes(answer_statement(self.operator, answer))
        return {"key_id": self.key_id, "signature": to_text(signature)}
