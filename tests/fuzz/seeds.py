#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what the fuzzers begin with: seeds.py FOLDER makes FOLDER/source and FOLDER/step.

The first byte of each is the letter of a mode; see tests/fuzz/source.c and step.c.
"""
import bz2
import gzip
import io
import lzma
import pathlib
import struct
import sys
import tarfile
import zipfile


def tar(format):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as t:
        for name, data in [("0.jpg", b"zero"), ("0.cls", b"0"), ("d" * 90 + "/" + "x" * 60 + ".jpg", b"one"), ("e", b"")]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.jpg")
        link.type = tarfile.LNKTYPE
        link.linkname = "0.jpg"
        t.addfile(link)
    return out.getvalue()


def zipped(members, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def npy(dtype, shape, data, version=1, fortran=False):
    header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n" % (dtype, fortran, shape)
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header.encode() + data


def idx(code, dims, data):
    return bytes([0, 0, code, len(dims)]) + struct.pack(">%dI" % len(dims), *dims) + data


def sources():
    for n, format in enumerate([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]):
        yield "tT"[n % 2] + "u", tar(format)
    files = [("0.jpg", b"zero"), ("0.cls", b"0"), ("\u00e4/1.jpg", b"one" * 50)]
    arrays = [("x.npy", npy("<i4", (2, 3), bytes(range(24)))), ("y.npy", npy("|u1", (2,), b"ab"))]
    for method in zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED:
        yield "zZ", zipped(files, method)
        yield "NM", zipped(arrays, method)
    yield "i", idx(8, [2, 3], b"abcdef")
    yield "i", idx(13, [2], struct.pack(">2f", 1.5, -2))
    yield "n", npy("<f8", (2,), struct.pack("<2d", 1.5, -2))
    yield "n", npy(">i2", (3, 2), bytes(range(12)), 2, True)
    yield "n", npy("<c8", (1,), bytes(8), 3)
    yield "rR", bytes(range(24))
    yield "cf", b'file,a\n/etc/hostname,1\n0,"two\n""quoted"""\n'
    yield "ck", b"\xef\xbb\xbfa,b,c,d\r\n1,true,.5,x\r\n,,,\r\n-7,no,1e9,\xc3\xa4\r\n"
    yield "C", b"1;2\n3;'4\n5\n"
    yield "s", b"a\tb\n1\tx\n2\t\n"
    yield "jJ", b'{"a": 1, "b": "x"}\n{"a": -2.5e3, "c": [1, {"d": null}]}\n\n{"b": "\\u00e4"}\n'
    yield "l", b"one\r\ntwo\n\nlast"


def steps():
    packed = gzip.compress(b"packed " * 9, mtime=0), bz2.compress(b"packed"), lzma.compress(b"packed")
    for data in packed:
        yield "d", data
    yield "d", packed[0] + packed[0]
    yield "D", lzma.compress(b"packed", lzma.FORMAT_ALONE)
    yield "pv", b' {"a": [1, 2.5, "x", null, true]} '
    yield "if", b"-0x1f\n"
    yield "f", b"-1.5e-3"
    yield "b", b"yes"
    yield "rS", b"(\\w+) ?\none two three"
    yield "w", b"\\1\\U\\g<b>\\E\none two"
    yield "ls", b", \none, two, three"
    yield "h", b"abc"
    yield "a", b"\xffok 7 3\nabc"
    yield "a", b"\x04array 7 12 float32 [3,1]\n" + bytes(12)
    yield "a", b"\x10error 7 4\noops"


def main():
    for kind, seeds in ("source", sources()), ("step", steps()):
        folder = pathlib.Path(sys.argv[1]) / kind
        folder.mkdir(parents=True, exist_ok=True)
        for n, (letters, data) in enumerate(seeds):
            for letter in letters:
                (folder / f"{letter}{n:02}").write_bytes(letter.encode() + data)
                if kind == "source":
                    (folder / f"{letter}{n:02}.gz").write_bytes(letter.encode() + gzip.compress(data, mtime=0))


main()
