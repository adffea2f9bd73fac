"""Keys of the accountable record: made once, not made anew in silence, rotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.audit.log import AuditLog
from fleet.audit.mending import rotate_key
from fleet.audit.notes import Verifier
from fleet.audit.server_key import KeyLost, open_log
from fleet.audit.verify import verify_bundle
from fleet.audit.writer import stamped
from fleet.model.errors import InvalidField
from tests.fleet.audit.shift import DANA, Office

# ---- keys -------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_can_read_it(office: Office) -> None:
    path = office.folder / "audit-key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert office.signer().verifier == office.signer().verifier
    path.chmod(0o640)
    with pytest.raises(InvalidField, match="chmod 600"):
        office.signer()


def test_a_lost_key_is_not_made_anew_in_silence(office: Office) -> None:
    old = office.signer().verifier
    (office.folder / "audit-key").rename(office.folder / "elsewhere")
    with pytest.raises(KeyLost, match="--lost"):
        open_log(office.folder, "ward")
    with pytest.raises(KeyLost, match="not there to sign"):
        rotate_key(office.folder, "Ana", "the disk died", office.clock)
    new = rotate_key(office.folder, "Ana", "the disk died", office.clock, lost=True).verifier
    office.follow()
    bundle = office.bundle()
    assert verify_bundle(bundle, [new]).problems == ()
    assert any("good for it" in p for p in verify_bundle(bundle, [old]).problems)


def test_a_log_that_is_gone_is_not_begun_anew_in_silence(office: Office) -> None:
    for file in office.folder.glob("audit.sqlite*"):
        file.unlink()
    with pytest.raises(KeyLost, match="fork"):
        open_log(office.folder, "ward")


def test_after_a_rotation_either_key_is_enough_to_check_everything(office: Office) -> None:
    old = office.signer().verifier
    new = rotate_key(office.folder, "Ana", "a year has passed", office.clock).verifier
    office.follow()
    bundle = office.bundle()
    for keys in ([old], [new], [old, new]):
        assert verify_bundle(bundle, keys).problems == (), keys
    stranger = Verifier(old.name, DANA.signer.verifier.public)
    assert verify_bundle(bundle, [stranger]).problems


def test_the_old_key_signs_nothing_more_after_a_rotation(office: Office) -> None:
    old = office.signer()
    new = rotate_key(office.folder, "Ana", "a year has passed", office.clock)
    bundle = office.bundle()
    log = AuditLog(office.folder / "audit.sqlite")
    forged_record = stamped({"kind": "forged"}, log.origin, log.key_head(), 0.0, "")
    log.append([(None, forged_record)])
    forged = log.checkpoint([old])
    log.close()
    bundle = office.bundle()
    assert bundle["checkpoint"] == forged
    (problem,) = verify_bundle(bundle, [old.verifier, new.verifier]).problems
    assert "good for it" in problem


def test_nothing_hides_behind_another_form(office: Office) -> None:
    log = AuditLog(office.folder / "audit.sqlite")
    log.append([(None, {"kind": "decision", "format": "of somebody else"})])
    log.checkpoint([office.signer()])
    log.close()
    (problem,) = verify_bundle(office.bundle(), [office.signer().verifier]).problems
    assert "of somebody else" in problem


def test_a_rotation_that_was_interrupted_is_finished(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(office.folder, "Ana", "a year has passed", office.clock)
    office.follow()
    assert not (office.folder / "audit-key.new").exists()
    assert verify_bundle(office.bundle(), [office.signer().verifier]).problems == ()
