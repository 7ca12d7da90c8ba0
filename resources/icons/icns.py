#!/usr/bin/env python3
"""Makes concierge.icns, the icon of macOS, from concierge.svg: needs rsvg-convert (Debian: librsvg2-bin).

An .icns file is the word "icns" and its length, then one block a size: type, length, a PNG.
Source: Apple's Icon Services, as in https://en.wikipedia.org/wiki/Apple_Icon_Image_format
"""
import pathlib
import struct
import subprocess

SIZES = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic13": 256, b"ic08": 256, b"ic14": 512, b"ic09": 512, b"ic10": 1024}

folder = pathlib.Path(__file__).parent


def png(pixels: int) -> bytes:
    command = ["rsvg-convert", "--width", str(pixels), "--height", str(pixels), str(folder / "concierge.svg")]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


blocks = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in ((k, png(s)) for k, s in SIZES.items()))
(folder / "concierge.icns").write_bytes(b"icns" + struct.pack(">I", 8 + len(blocks)) + blocks)
