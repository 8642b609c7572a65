#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tables that Python's csv and json have written, with the worst of cells, are records of the same values; and Python reads
# the tables that are encoded.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >cells.py <<'EOF'
TEXTS = ["plain", "", "a,b", 'say "hen"', '"', '""', "two\nlines", "\n", "\r\n", "a\rb", " blanks ", "tab\there", ";",
         "grün", "日本語", "\U0001f600", "\ufeff", "e\u0301", "'", "\\", "\\n", "#no comment", "=1+1", "null", "NaN", "true", "007",
         "+1", "1e5", "x" * 70000, "\u2028", "a,\"b\"\n,c", ",", ",,"]
ROWS = [{"text": text, "n": n - 3, "x": n / 8, "id": f"{n:03d}", "gap": n if n % 3 else None, "mixed": n if n % 2 else "odd"}
        for n, text in enumerate(TEXTS)]
EOF
cat >write.py <<'EOF'
import csv, json, os
from cells import *

def write(name, encoding="utf-8", newline="\r\n", **form):
    with open(name, "w", newline="", encoding=encoding) as f:
        w = csv.DictWriter(f, list(ROWS[0]), lineterminator=newline, **form)
        w.writeheader()
        w.writerows(ROWS)

write("crlf.csv")
write("lf.csv", newline="\n", quoting=csv.QUOTE_ALL) # else not every Python quotes carriage returns
write("bom.csv", "utf-8-sig", quoting=csv.QUOTE_ALL)
write("nonnumeric.csv", quoting=csv.QUOTE_NONNUMERIC)
write("semicolon.csv", delimiter=";", quotechar="'")
write("quoted.tsv", delimiter="\t")
with open("plain.tsv", "w", encoding="utf-8") as f:
    f.write("text\tn\n" + "".join(f"{r['text']}\t{r['n']}\n" for r in ROWS if not set(r["text"]) & set("\t\r\n")))
with open("rows.jsonl", "w", encoding="utf-8") as f:
    f.writelines(json.dumps(row, ensure_ascii=n % 2 == 0) + "\n" for n, row in enumerate(ROWS))
os.makedirs("photos/b c", exist_ok=True)
with open("photos.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["image", "label", "width"])
    for n, path in enumerate(["photos/a,1.jpg", "photos/b c/ü.jpg", 'photos/"q".jpg', "photos/d.jpg"]):
        open(path, "wb").write(b"picture %d" % n)
        w.writerow([path, "cat" if n % 2 else "dog", 100 * n])
with open("photos.jsonl", "w") as f:
    f.writelines(json.dumps({"image": path, "box": [1, 2.5]}) + "\n" for path in ["photos/d.jpg", "photos/b c/ü.jpg"])
EOF
python3 write.py
gzip -k crlf.csv
cat >spec.yaml <<'EOF'
sequences:
  photos: [{csv: {path: photos.csv, files: [image]}}]
datasets:
  crlf: [{csv: crlf.csv}]
  lf: [{csv: lf.csv}]
  bom: [{csv: bom.csv}]
  nonnumeric: [{csv: nonnumeric.csv}]
  semicolon: [{csv: {path: semicolon.csv, delimiter: ";", quote: "'"}}]
  packed: [{csv: crlf.csv.gz}]
  quoted: [{tsv: {path: quoted.tsv, quote: '"'}}]
  plain: [{tsv: plain.tsv}]
  jsonl: [{jsonl: rows.jsonl}, {encode: json}]
  texts: [{csv: {path: crlf.csv, columns: {text: text, n: text, gap: text}}}]
  bare: [{csv: {path: crlf.csv, header: false}}, {slice: "1:"}]
  one: [{csv: crlf.csv}, {get: text}, {encode: {format: text, newline: false}}]
  files: [photos, {name: "{label}/{stem}-{width}"}]
  wide: [photos, {filter: "width >= 200 and label == 'dog'"}, {get: image}, {name: "{stem}"}]
  listed: [{jsonl: {path: photos.jsonl, files: [image]}}]
  rows: [{csv: crlf.csv}, {encode: csv}]
  tables: [{csv: crlf.csv}, {batch: 10}, {encode: csv}]
  semicolons: [{jsonl: rows.jsonl}, {batch: 100}, {encode: {format: csv, delimiter: ";"}}]
  json: [{csv: crlf.csv}, {batch: 10}, {encode: json}]
EOF
cat >read.py <<'EOF'
import csv, json, os, sys
from cells import *

root = sys.argv[1]

def paths(folder):
    return [os.path.join(root, folder, name) for name in sorted(os.listdir(os.path.join(root, folder)))]

def read(folder):
    return [json.load(open(path, encoding="utf-8")) for path in paths(folder)]

def check(found, wanted, what):
    assert len(found) == len(wanted), f"{what}: {len(found)} rows"
    for n, (a, b) in enumerate(zip(found, wanted)):
        assert a == b and list(map(type, a.values())) == list(map(type, b.values())), f"{what}, row {n}: {a}, not {b}"

# What a table without types keeps of the rows: a column of numbers is one, any other is text.
typed = [{**row, "mixed": str(row["mixed"])} for row in ROWS]
for folder in "crlf", "lf", "bom", "nonnumeric", "semicolon", "packed", "quoted":
    check(read(folder), typed, folder)
check(read("plain"), [{"text": r["text"], "n": r["n"]} for r in ROWS if not set(r["text"]) & set("\t\r\n")], "plain")
check(read("jsonl"), ROWS, "jsonl")
as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in ROWS]
check(read("texts"), [{k: row[k] for k in ("text", "n", "gap")} for row in as_text], "texts")
check(read("bare"), [dict(zip((f"column{n}" for n in range(6)), row.values())) for row in as_text], "bare")
assert [open(p, newline="", encoding="utf-8").read() for p in paths("one")] == TEXTS, "one: other texts"

# Columns that name files.
found = {os.path.relpath(os.path.join(d, f), root): open(os.path.join(d, f)).read()
         for d, _, names in os.walk(f"{root}/files") for f in names}
stems = {n: s for n, s in enumerate(["a,1", "ü", '"q"', "d"])}
for n, stem in stems.items():
    at = f"files/{'cat' if n % 2 else 'dog'}/{stem}-{100 * n}"
    assert found.pop(f"{at}.image.jpg") == f"picture {n}", at
    assert found.pop(f"{at}.label.txt") == ("cat\n" if n % 2 else "dog\n"), at
    assert found.pop(f"{at}.width.txt") == f"{100 * n}\n", at
assert not found, found
assert [os.path.basename(p) for p in paths("wide")] == ['"q".jpg'], paths("wide")
assert open(paths("wide")[0]).read() == "picture 2"
assert open(f"{root}/listed/1.image.jpg").read() == "picture 1", "listed"
assert json.load(open(f"{root}/listed/1.box.json")) == [1, 2.5], "listed"

# Back again.
cells = [[*row.values()] for row in as_text]
rows = [next(csv.reader(open(path, newline="", encoding="utf-8"), strict=True)) for path in paths("rows")]
assert rows == cells, [pair for pair in zip(rows, cells) if pair[0] != pair[1]][:1]
for folder, form in ("tables", {}), ("semicolons", {"delimiter": ";"}):
    back = []
    for path in paths(folder):
        table = list(csv.DictReader(open(path, newline="", encoding="utf-8"), strict=True, **form))
        assert list(table[0]) == list(ROWS[0]), table[0]
        back += table
    assert back == as_text, [pair for pair in zip(back, as_text) if pair[0] != pair[1]][:1]
check([row for part in read("json") for row in part], typed, "json")
EOF
start spec.yaml
python3 read.py "$mnt" || fail "Python reads something else"
equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures"
