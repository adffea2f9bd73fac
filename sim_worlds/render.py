"""`python -m sim_worlds.render`: a picture of a world, from above or from the side, drawn on the CPU."""

from __future__ import annotations

import argparse
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim_worlds.bullet import pb
from sim_worlds.checkpoint import read
from sim_worlds.profiles import load_robots
from sim_worlds.site import load_site
from sim_worlds.world import World

Image = NDArray[np.uint8]


def view_from_above(world: World, width: int = 1300) -> Image:
    """The whole site, north up; [height, width, 3]."""
    x0, y0, x1, y1 = world.site.bounds
    height = round(width * (y1 - y0) / (x1 - x0))
    centre = [(x0 + x1) / 2, (y0 + y1) / 2, 0.0]
    # From far away with a narrow lens: nearly a plan, yet one sees that robots are tall.
    up, field = 40.0, 2 * np.degrees(np.arctan((y1 - y0) / 2 / 40.0)) * 1.04
    return _picture(world, [centre[0], centre[1] - 0.01, up], centre, [0, 1, 0], width, height, float(field), 60.0)


def view_from_side(
    world: World,
    target: tuple[float, float, float],
    eye: tuple[float, float, float],
    width: int = 1200,
    height: int = 675,
) -> Image:
    """What a visitor at `eye` sees looking at `target` (m); [height, width, 3]."""
    return _picture(world, eye, target, [0, 0, 1], width, height, 55.0, 60.0)


def _picture(
    world: World, eye: object, target: object, up: object, width: int, height: int, field: float, far: float
) -> Image:
    client = world.physics.client
    view = pb.computeViewMatrix(eye, target, up, physicsClientId=client)
    projection = pb.computeProjectionMatrixFOV(field, width / height, 0.2, far, physicsClientId=client)
    shot = pb.getCameraImage(
        width,
        height,
        view,
        projection,
        renderer=pb.ER_TINY_RENDERER,
        shadow=0,
        lightDirection=[4, -6, 12],
        lightAmbientCoeff=0.62,
        lightDiffuseCoeff=0.4,
        lightSpecularCoeff=0.02,
        physicsClientId=client,
    )
    return np.reshape(np.asarray(shot[2], dtype=np.uint8), (height, width, 4))[:, :, :3]


def write_png(path: Path, image: Image) -> None:
    """An RGB image as PNG, without an imaging library."""
    height, width, _ = image.shape
    rows = b"".join(b"\0" + image[y].tobytes() for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m sim_worlds.render", description="Draw a world as PNG.")
    p.add_argument("--checkpoint", type=Path, help="draw the world as this checkpoint has it")
    p.add_argument("--site", type=Path, help="or: a site file, with the robots at their start")
    p.add_argument("--robots", type=Path, help="robots file, with --site")
    p.add_argument("--eye", type=float, nargs=3, metavar=("X", "Y", "Z"), help="look from here (default: from above)")
    p.add_argument("--target", type=float, nargs=3, metavar=("X", "Y", "Z"), default=(13.0, 8.0, 0.5))
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    if args.checkpoint:
        world = World.restore(read(args.checkpoint), visual=True)
    elif args.site and args.robots:
        site = load_site(args.site)
        world = World(site, load_robots(args.robots, site), visual=True)
    else:
        p.error("expected --checkpoint, or --site and --robots")
    world.advance(0.1)
    picture = view_from_side(world, tuple(args.target), tuple(args.eye)) if args.eye else view_from_above(world)
    write_png(args.out, picture)


if __name__ == "__main__":
    main()
