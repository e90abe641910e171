"""Native trials against what the saving environments answered: every model of the matrix, asked the same rows.

    PYTHON tests/matrix/trials.py --shelflife BINARY [--saved ENV,…] [--kinds WORD,…] [--misses N] [--look-at-unseen]

PYTHON is one with numpy, such as that of any environment of the matrix. Runs `BINARY predict MODEL --input ROWS
--format json`, which executes nothing of the file, on each model that `run.py save` made, and compares with the answers
that were stored then: numbers to 1e-9 of their size (to the model's own tolerance where it computes in 32 bits), labels
exactly, every method that the model answered. A model is

    right      every method that the model has was answered, and the same
    fewer      what was answered is right, but a method is missing
    refused    it said why it does not evaluate it (exit code 1)
    wrong      anything else: the figure that must be 0

Prints the counts for the seen and the unseen half of the kinds (`halves.py`), by saving environment and by family, which
is the package of the outermost class; then, of the seen half only, which kinds are wrong, lack a method or are refused,
with the reason. Exits with 1 if anything is wrong.
"""

import argparse
import collections
import concurrent.futures
import json
import subprocess
import sys
from pathlib import Path

import answers
import figures
import halves
import run

WORDS = ["right", "fewer", "refused", "wrong"]
# Relative, as `predict` promises; answers are stored as JSON, which keeps every digit.
EXACT = 1e-9
NUMBERS = {"NaN": None, "Infinity": float("inf"), "-Infinity": float("-inf")}


def rows_of(described):
    """The input in a form that `predict --input -` reads."""
    if "texts" in described:
        return json.dumps(described["texts"])
    return json.dumps({"columns": described["columns"], "data": described["data"]} if described["columns"]
                      else described["data"])


def trial(shelflife, saved, note):
    """Of a bundle every part was asked for itself, `part.method`: each is run alone."""
    path = run.root() / "models" / saved / note["path"]
    parts = sorted({name.rpartition(".")[0] for name in note["outputs"]})
    found, said = {}, ""
    for part in parts:
        chosen = ["--part", part, "--alone"] if part else []
        try:
            done = subprocess.run([shelflife, "predict", str(path), "--input", "-", "--format", "json", *chosen], text=True,
                                  input=rows_of(note["input"]), capture_output=True, timeout=60)
            answer = json.loads(done.stdout)
        except (ValueError, subprocess.TimeoutExpired) as error:
            return "wrong", "no answer: %s %s" % (type(error).__name__, done.stderr[:200] if "done" in locals() else "")
        if answer.get("error"):
            said = answer["error"]
            said = said if isinstance(said, str) else said.get("message") or json.dumps(said)
            if done.returncode != 1 or answer.get("outputs"):
                return "wrong", said
        for method, cells in (answer.get("outputs") or {}).items():
            found[part + "." + method if part else method] = cells
    return judge(note, found) if found else ("refused", said)


def gathered(outputs, wanted):
    """The outputs under the names that answers.py gives them: of several targets one list."""
    found = {name: numbers(cells) for name, cells in outputs.items()}
    outputs = found.copy()
    for name in wanted:
        parts = [outputs[key] for key in outputs if key.startswith(name + "[")]
        if name not in found and parts:
            found[name] = parts
    return found


def numbers(cells):
    """Numbers that JSON does not have, as `predict` and answers.py write them: words and null."""
    if isinstance(cells, list):
        return [numbers(cell) for cell in cells]
    return NUMBERS.get(cells, cells) if isinstance(cells, str) else cells


def families_of(shelflife, saved):
    """By file name, the package of the outermost class: `linear_model`, `xgboost`; `other` where it has no package."""
    folder = run.root() / "models" / saved
    shown = subprocess.run([shelflife, "show", str(folder), "--format", "json"], text=True, capture_output=True)
    found = {}
    for line in shown.stdout.splitlines():
        card = json.loads(line)
        parts = (card.get("root") or "").split(".")
        found[Path(card["path"]).name] = parts[1] if parts[0] == "sklearn" else parts[0] if len(parts) > 1 else "other"
    return found


def judge(note, outputs):
    outputs = gathered(outputs, note["outputs"])
    tolerance = max(EXACT, 1e-6 if note["tolerance"] > 1e-8 else EXACT)
    missing = [method for method in note["outputs"] if method not in outputs]
    for method in note["outputs"]:
        if method in outputs:
            apart = answers.difference(note["outputs"][method], outputs[method], tolerance)
            if apart:
                return "wrong", "%s: %s" % (method, apart)
    if len(missing) == len(note["outputs"]):
        return "wrong", "it answered %s, not %s" % (", ".join(outputs) or "nothing", ", ".join(missing))
    return ("fewer", "no " + ", ".join(missing)) if missing else ("right", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shelflife", required=True)
    parser.add_argument("--saved", help="environments that saved, separated by commas")
    parser.add_argument("--kinds", help="only kinds whose name contains one of these words, separated by commas")
    parser.add_argument("--misses", type=int, default=80, help="how many groups to print")
    parser.add_argument("--look-at-unseen", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    work = []
    for saved in options.saved.split(",") if options.saved else run.saving():
        for note in run.lines(run.answers_of(saved)):
            wanted = not options.kinds or any(word in note["kind"] for word in options.kinds.split(","))
            if note.get("input") and note.get("outputs") and wanted:
                work.append((saved, note))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda job: trial(options.shelflife, *job), work))
    named = {saved: families_of(options.shelflife, saved) for saved in {saved for saved, _ in work}}
    table = collections.Counter()
    families, groups = collections.Counter(), collections.defaultdict(list)
    for (saved, note), (word, why) in zip(work, found):
        half = "unseen" if halves.is_unseen(note["kind"]) else "seen"
        table[half, word] += 1
        table["of " + saved, word] += 1
        families[named[saved].get(Path(note["path"]).name, "other"), word if half == "seen" else word + ", unseen"] += 1
        if word != "right" and (half == "seen" or options.look_at_unseen):
            groups[word, note["kind"]].append((saved, why))
    heads = ["seen", "unseen"] + sorted({"of " + saved for saved, _ in work})
    figures.print_table("models", heads, WORDS, table)
    figures.print_table("families", sorted({name for name, _ in families}), WORDS + [word + ", unseen" for word in WORDS],
                        families)
    for half in ("seen", "unseen"):
        total = sum(table[half, word] for word in WORDS)
        print("%-7s evaluated %s, wrong %d" % (half, figures.share(table[half, "right"], total), table[half, "wrong"]))
    order = sorted(groups.items(), key=lambda group: (-WORDS.index(group[0][0]), -len(group[1]), group[0]))
    for (word, kind), cases in order[:options.misses]:
        print("%-8s %-34s %2d  %s: %s" % (word, kind, len(cases), cases[-1][0], cases[-1][1][:150]))
    sys.exit(1 if any(table[half, "wrong"] for half in ("seen", "unseen")) else 0)


if __name__ == "__main__":
    main()
