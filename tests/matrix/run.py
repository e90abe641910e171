"""The truth matrix: save many kinds of models in many environments, load each in many others, and compare what really
happens with what shelflife says.

    python tests/matrix/environments.py                                 the environments, once (about 8 GB)
    python tests/matrix/run.py save  [--saved ENV,…]                    models and their answers
    python tests/matrix/run.py load  [--saved ENV,…] [--loaded ENV,…]   really load and ask each; the truth
    python tests/matrix/run.py truth                                    count the truth
    python tests/matrix/run.py check --shelflife BINARY [--saved …] [--loaded …] [--tsv FILE] [--misses N]
                                     [--look-at-unseen]
    python tests/matrix/fixes.py     --shelflife BINARY [--half unseen] carry out 100 shown fixes

`check` runs `BINARY check FOLDER --env ENVIRONMENT --format json` once per pair of environments and prints, for the seen
and for the held-out kinds (`halves.py` says which are which), a table of predicted verdict × truth, recall and
precision of each verdict, and how often the exception and its message were foretold word for word. Of the seen ones it
also prints the misses, writes them in groups to `misses-seen.tsv` and every pair to `check.tsv`. Of the held-out ones it
says nothing more unless `--look-at-unseen` is given: a rule made from a miss there makes its figures worthless, so use
that only to find out what the figures mean once they are final. It exits with 1 if a pair was called `ready` that is not.

The truth of a pair: `ready` the same answers as where it was saved (numbers within 1e-8 of their size, 1e-5 for
boosters that compute in 32 bits; labels exactly) · `differs` · `fails-predict` · `fails-load` · `crash`, which counts as
a failure at the stage where the process died or hung.
What there are no rows to try for only has to load; there a verdict about asking counts as `ready`.
joblib files are opened with `joblib.load`, pickles with `pickle.load` (those that name dill with `dill.load`), skops files
with `skops.io.load`, in a program whose `__main__` has none of the names they may want. Where there is no pandas, a table
is given as an array.

Everything is kept in the folder that SHELFLIFE_MATRIX names, or `target/matrix/` (with SHELFLIFE_ENVS set: `matrix/`
beside it): `models/ENV/`, `answers/ENV.jsonl`, `truth/SAVED--LOADED.jsonl`, `asked/`. What exists is not made again, so
that every step can be stopped and started, and a new kind or environment costs only itself; `--again` makes it again. On
two idle cores saving takes 5 minutes, loading 15 and checking 2.
"""

import argparse
import collections
import concurrent.futures
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import environments
import figures
import halves

HERE = Path(__file__).resolve().parent

# Loading everywhere would take an hour; these cover every boundary that is known.
LOADED = ["py39-sklearn1.0", "py39-sklearn1.2", "py310-sklearn1.3", "py311-sklearn1.5", "py312-sklearn1.6",
          "py312-sklearn1.7", "py313-sklearn1.8", "py313-sklearn1.9", "py312-numpy2.3", "py38-sklearn0.23",
          "py310-sklearn1.1", "py311-sklearn1.4", "py313-sklearn1.7", "py312-bare1.5"]

# One process loads the models of so many savers, which saves starts.
SAVED_AT_ONCE = 4

CLEAN = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
         "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


def root():
    if os.environ.get("SHELFLIFE_MATRIX"):
        return Path(os.environ["SHELFLIFE_MATRIX"])
    if os.environ.get("SHELFLIFE_ENVS"):
        return Path(os.environ["SHELFLIFE_ENVS"]).resolve().parent / "matrix"
    return environments.REPOSITORY / "target" / "matrix"


def saving():
    """The environments that can make models."""
    return [name for name in environments.matrix_names() if name != "py312-numpy2.3"]


def python(environment, script, *arguments, log):
    command = [environments.python_of(environment), HERE / script, *arguments]
    with open(log, "w") as output:
        subprocess.run([str(part) for part in command], check=True, env=CLEAN, stdout=output, stderr=output)


def in_parallel(work, items, jobs):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for item, future in [(item, pool.submit(work, *item)) for item in items]:
            try:
                future.result()
            except subprocess.CalledProcessError as error:
                print("failed:", *item, error, flush=True)


# ---- save -----------------------------------------------------------------------------------------------------------

def save(options):
    environments.require(*options.saved)
    in_parallel(save_one, [(name, options.again) for name in options.saved], options.jobs)


def save_one(environment, again):
    """Saves the kinds that are not there yet."""
    folder, notes = root() / "models" / environment, answers_of(environment)
    if again:
        shutil.rmtree(folder, ignore_errors=True)
        notes.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    notes.parent.mkdir(parents=True, exist_ok=True)
    new = notes.with_suffix(".part")
    python(environment, "save_worker.py", folder, notes, new, log=notes.with_suffix(".log"))
    append(new, notes)
    print(f"{environment}: {len(lines(notes))} models", flush=True)


def append(new, existing):
    with open(existing, "a") as out:
        out.write(new.read_text())
    new.unlink()


def answers_of(environment):
    return root() / "answers" / (environment + ".jsonl")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# ---- load -----------------------------------------------------------------------------------------------------------

def load(options):
    environments.require(*options.loaded)
    parts = [options.saved[at:at + SAVED_AT_ONCE] for at in range(0, len(options.saved), SAVED_AT_ONCE)]
    in_parallel(load_part, [(part, loaded, options.again) for part in parts for loaded in options.loaded], options.jobs)


def load_part(part, loaded, again):
    """Loads what was not loaded yet of these environments' models."""
    work = []
    for saved in part:
        truth = truth_of(saved, loaded)
        if again:
            truth.unlink(missing_ok=True)
        known = {Path(outcome["path"]).name for outcome in lines(truth)}
        folder = root() / "models" / saved
        work += [{**note, "path": str(folder / note["path"])} for note in lines(answers_of(saved))
                 if note["path"] not in known]
    if not work:
        return
    truth_of(part[0], loaded).parent.mkdir(parents=True, exist_ok=True)
    base = truth_of(part[0], loaded)
    jobs, results = base.with_suffix(".jobs"), base.with_suffix(".part")
    jobs.write_text("".join(json.dumps(job) + "\n" for job in work))
    python(loaded, "load_worker.py", jobs, results, log=base.with_suffix(".log"))
    for outcome in lines(results):
        with open(truth_of(Path(outcome["path"]).parent.name, loaded), "a") as out:
            out.write(json.dumps(outcome) + "\n")
    jobs.unlink()
    results.unlink()
    counts = collections.Counter(outcome["truth"] for saved in part for outcome in lines(truth_of(saved, loaded)))
    print(f"{', '.join(part)} in {loaded}:", *[f"{name} {counts[name]}" for name in sorted(counts)], flush=True)


def truth_of(saved, loaded):
    return root() / "truth" / f"{saved}--{loaded}.jsonl"


def outcomes(options):
    """(saved, loaded, file name) -> outcome, of every pair that was loaded."""
    found = {}
    for saved in options.saved:
        for loaded in options.loaded:
            if truth_of(saved, loaded).exists():
                for outcome in lines(truth_of(saved, loaded)):
                    found[saved, loaded, Path(outcome["path"]).name] = outcome
    return found


def verdict_of(outcome):
    """The truth in the program's own words."""
    return "fails-" + outcome["stage"] if outcome["truth"] == "crash" else outcome["truth"]


def count_truth(options):
    table = collections.Counter((loaded, outcome["truth"]) for (_, loaded, _), outcome in outcomes(options).items())
    kinds = ["ready", "differs", "fails-predict", "fails-load", "crash"]
    figures.print_table("loaded in", options.loaded, kinds, table)


# ---- check ----------------------------------------------------------------------------------------------------------

def check(options):
    found = outcomes(options)
    names = collections.defaultdict(list)
    for saved, loaded, name in found:
        names[saved, loaded].append(name)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        asked = {pair: pool.submit(ask, options.shelflife, root() / "models" / pair[0], pair[1]) for pair in names}
    unasked = {(saved, note["path"]) for saved in options.saved for note in lines(answers_of(saved)) if "input" not in note}
    rows = [row(saved, loaded, name, found[saved, loaded, name], asked[saved, loaded].result().get(name))
            for saved, loaded in names for name in sorted(names[saved, loaded])]
    for one in rows:
        # Loading is all that was tried: what asking would have brought cannot be held against the program.
        if (one["saved"], one["file"]) in unasked and one["predicted"] in ("differs", "fails-predict"):
            one["predicted"] = "ready"
    seen = [one for one in rows if not halves.is_unseen(one["kind"])]
    unseen = [one for one in rows if halves.is_unseen(one["kind"])]
    shown = rows if options.look_at_unseen else seen
    write_tsv(Path(options.tsv or root() / "check.tsv"), shown)
    for words, half in (("seen", seen), ("held out", unseen)):
        if options.seen_only and half is unseen:
            continue
        print(f"-- {words}: {len({one['kind'] for one in half})} kinds, {len(half)} pairs\n")
        figures.summarise(half)
    groups = figures.misses(shown)
    head = f"misses of the {'whole matrix' if options.look_at_unseen else 'seen kinds'}, by `run.py check`; numbers are #"
    listed = root() / ("misses.tsv" if options.look_at_unseen else "misses-seen.tsv")
    listed.write_text("".join(line + "\n" for line in figures.misses_lines(groups, head)))
    figures.print_misses(groups, options.misses)
    sys.exit(1 if any(one["predicted"] == "ready" != one["truth"] for one in rows) else 0)


def ask(shelflife, folder, loaded):
    """file name -> the program's answer. Kept for as long as neither the program nor the models change."""
    kept = root() / "asked" / fingerprint(shelflife) / f"{folder.name}--{loaded}.jsonl"
    if not kept.exists() or kept.stat().st_mtime < answers_of(folder.name).stat().st_mtime:
        environment = environments.root() / loaded
        # A busy machine is no verdict.
        command = [shelflife, "check", str(folder), "--env", str(environment), "--format", "json", "--patience", "600"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            print(f"{folder.name} in {loaded}: exit {done.returncode}: {done.stderr.strip()[:300]}", flush=True)
            return {}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(line + "\n" for line in done.stdout.splitlines() if line.startswith("{")))
    return {Path(answer["path"]).name: answer for answer in lines(kept)}


@functools.cache
def fingerprint(program):
    return hashlib.sha256(Path(program).read_bytes()).hexdigest()[:12]


def row(saved, loaded, name, outcome, answer):
    findings = (answer or {}).get("findings", [])
    exceptions = {finding.get("exception") for finding in findings}
    messages = {figures.normal(finding.get("message") or "") for finding in findings}
    spoken = [f"{finding.get('exception')}: {finding.get('message')}" for finding in findings]
    return {
        "saved": saved, "loaded": loaded, "file": name, "kind": name.split(".")[0],
        "truth": verdict_of(outcome), "predicted": (answer or {}).get("verdict", "missing"),
        "exception": outcome.get("exception", "signal %s" % outcome["signal"] if "signal" in outcome else ""),
        "message": outcome.get("message", outcome.get("difference", "")),
        "exception foretold": outcome.get("exception") in exceptions,
        "message foretold": figures.normal(outcome.get("message", "")) in messages,
        "findings": " | ".join(spoken),
    }


def write_tsv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as out:
        if rows:
            out.write("\t".join(rows[0]) + "\n")
        for one in rows:
            out.write("\t".join(" ".join(str(cell).split()) for cell in one.values()) + "\n")
    print(f"{len(rows)} pairs written to {path}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["save", "load", "truth", "check"])
    parser.add_argument("--saved", help="environments that saved, separated by commas")
    parser.add_argument("--loaded", help="environments to load in, separated by commas")
    parser.add_argument("--shelflife", help="the program to ask")
    parser.add_argument("--tsv", help="where `check` writes every pair")
    parser.add_argument("--misses", type=int, default=25, help="how many kinds of misses to print")
    parser.add_argument("--look-at-unseen", action="store_true", help="list the misses of the held-out kinds, too")
    parser.add_argument("--seen-only", action="store_true", help="no figures of the held-out kinds")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes at once")
    parser.add_argument("--again", action="store_true", help="make again what exists")
    options = parser.parse_args()
    options.saved = options.saved.split(",") if options.saved else saving()
    options.loaded = options.loaded.split(",") if options.loaded else LOADED
    if options.step == "check" and not options.shelflife:
        parser.error("check needs --shelflife BINARY")
    {"save": save, "load": load, "truth": count_truth, "check": check}[options.step](options)


if __name__ == "__main__":
    main()
