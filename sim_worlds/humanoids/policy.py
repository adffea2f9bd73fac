"""The G1's velocity policy in numpy: the same numbers as onnxruntime to 1e-5, without its session and threads."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from sim_worlds.humanoids.urdf import packaged
from sim_worlds.kernels.torques import normalise_and_gate

Array = NDArray[np.float32]


class VelocityPolicy:
    """Observation [100] to action [29]: normalise, 3 x (linear, layer norm, SiLU), linear, tanh, scale.

    Weights, gains (kp in N m/rad, kd in N m s/rad) and joint order come from the ONNX file of `holosoma-inference`.
    One robot at a time: batching would change the last bits, and with them a rollout.
    """

    def __init__(self, path: str) -> None:
        model = onnx.load(path)
        meta = {p.key: p.value for p in model.metadata_props}
        self.joint_names: list[str] = json.loads(meta["dof_names"])
        self.kp = np.array(json.loads(meta["kp"]), dtype=float)
        self.kd = np.array(json.loads(meta["kd"]), dtype=float)
        weights = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        self._mean, self._std = weights["obs_normalizer._mean"][0], weights["onnx::Div_86"][0]
        self._layers = [
            (
                weights[f"actor.net.{i}.weight"].T.copy(),
                weights[f"actor.net.{i}.bias"],
                weights[f"actor.net.{i + 1}.weight"],
                weights[f"actor.net.{i + 1}.bias"],
            )
            for i in (0, 3, 6)
        ]
        self._head = weights["actor.fc_mu.0.weight"].T.copy(), weights["actor.fc_mu.0.bias"]
        self._scale, self._bias = weights["actor.action_scale"], weights["actor.action_bias"]

    def __call__(self, observation: Array) -> Array:
        x = (observation - self._mean) / self._std
        for weight, bias, gain, shift in self._layers:
            x = x @ weight + bias
            normalise_and_gate(x, gain, shift)
        return np.tanh(x @ self._head[0] + self._head[1]) * self._scale + self._bias


@cache
def g1_policy() -> VelocityPolicy:
    """The fastsac policy, read once a process."""
    return VelocityPolicy(packaged("holosoma-inference", "fastsac_g1_29dof.onnx"))
