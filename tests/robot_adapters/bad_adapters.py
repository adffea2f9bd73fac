"""Adapters with one fault each, to see that the conformance suite finds it."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.commands import CommandStatus
from fleet.model.errors import StaleEpoch
from robot_adapters.conformance.rigs import ScriptedRig
from robot_adapters.scripted import ScriptedHumanoid


def _rig(kind: type[ScriptedHumanoid]) -> ScriptedRig:
    class Rig(ScriptedRig):
        def _make(self):
            good = super()._make()
            return kind(good.describe(), lambda: self.now_s, self.script, ledger=self.ledger)

    return Rig()


def done_by_default():
    class Bad(ScriptedHumanoid):
        def execute(self, command):
            answer = super().execute(command)
            return replace(answer, update=replace(answer.update, status=CommandStatus.DONE))

    return _rig(Bad)


def does_it_twice():
    class Bad(ScriptedHumanoid):
        def execute(self, command):
            if self._book.active is None:
                self._book._entries.clear()
                self.ledger[command.command_id] = {}
            return super().execute(command)

    return _rig(Bad)


def ignores_epochs():
    class Bad(ScriptedHumanoid):
        def execute(self, command):
            try:
                return super().execute(command)
            except StaleEpoch:
                self._book.epoch = 0
                return super().execute(command)

    return _rig(Bad)


def does_not_hold():
    class Bad(ScriptedHumanoid):
        def hold(self, because):
            """Says it does."""

    return _rig(Bad)


def makes_up_states():
    class Bad(ScriptedHumanoid):
        def state(self):
            return replace(super().state(), observed_at_s=self._now_s())

    return _rig(Bad)


def claims_without_ids():
    class Bad(ScriptedHumanoid):
        def poll(self):
            return [u if u.claim is None else replace(u, claim=replace(u.claim, task_id="")) for u in super().poll()]

    return _rig(Bad)


def fails_when_cut_off():
    class Bad(ScriptedHumanoid):
        def poll(self):
            if self.silent and self._book.active is not None:
                self._book.failed("cannot be reached", retriable=True)
            return self._book.take_news()

    return _rig(Bad)


def recovers_from_nothing():
    class Bad(ScriptedHumanoid):
        def recover(self):
            """Success, by default."""

    return _rig(Bad)
