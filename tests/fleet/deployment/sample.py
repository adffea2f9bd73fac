"""A deployment that tests change to their needs."""

from __future__ import annotations

SIMULATED = """\
format: humanoid-fleet-deployment/1
name: small
site: ward
run_directory: out/small
shift: {accountable: Mia Berger}
world: {seed: 7, rate: 2}
hosts:
  - name: ward
    robots:
      - {id: g1_1, model: unitree_g1, adapter: sim_g1, start: dock_1}
      - {id: iron_1, model: xpeng_iron, adapter: sim_kinematic, start: dock_2, battery: 0.5}
api: {port: 8123}
ros: {domain_id: 17}
"""

REAL = """\
format: humanoid-fleet-deployment/1
name: real
site: ward
run_directory: out/real
clock: system
shift: {accountable: Mia Berger}
hosts:
  - {name: one, robots: [{id: r1, model: m, adapter: scripted}]}
  - {name: two, robots: [{id: r2, model: m, adapter: scripted}]}
"""
